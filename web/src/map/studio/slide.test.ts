import { beforeEach, describe, expect, it, vi } from "vitest";

import { Slide, type Draws } from "./slide";

describe("a picture of a piece", () => {
  const drawn: string[] = [];
  const painter: Draws = {
    geometry: { x: Float32Array.of(50, 5_000), y: Float32Array.of(50, 5_000), pitch: 10 },
    paint: (_, __, { left, top, width, height }) => { drawn.push(`${left},${top} ${width}x${height}`); },
  };
  const piece = { scale: 1, ratio: 1, left: 0, top: 0, width: 160, height: 120 };
  const make = (): Slide => new Slide();

  beforeEach(() => {
    drawn.length = 0;
    const context = { fillRect: () => {}, drawImage: () => {} };
    vi.stubGlobal("OffscreenCanvas", class { getContext = () => context; });
  });

  it("is drawn block by block, as much at a time as is asked for", () => {
    const slide = make();
    slide.begin(piece, "#000");
    expect(slide.work(painter, 4)).toBe(4);
    expect(slide.done).toBe(false);
    expect(slide.work(painter, 4)).toBe(2);
    expect(slide.done).toBe(true);
    expect(drawn.toSorted()).toEqual(["0,0 64x64", "0,64 64x56", "128,0 32x64", "128,64 32x56", "64,0 64x64", "64,64 64x56"]);
  });

  it("draws of a seat that has changed no more than the seat, and nothing of one that is elsewhere", () => {
    const slide = make();
    slide.begin(piece, "#000");
    slide.work(painter, 9);
    drawn.length = 0;
    slide.changed([0, 1], painter.geometry);
    expect(slide.done).toBe(false);
    slide.work(painter, 9);
    expect(drawn).toEqual(["44,44 12x12"]);
    slide.stale([{ left: 150, top: 10, width: 5, height: 5 }]);
    slide.work(painter, 9);
    expect(drawn.slice(1)).toEqual(["128,0 32x64"]);
  });

  it("takes what another picture of the same scale has already", () => {
    const [before, after] = [make(), make()];
    before.begin(piece, "#000");
    before.work(painter, 9);
    drawn.length = 0;
    after.begin({ ...piece, left: 64 }, "#000", before);
    after.work(painter, 9);
    expect(drawn.toSorted()).toEqual(["128,0 32x64", "128,64 32x56", "64,0 64x64", "64,64 64x56"]);
    drawn.length = 0;
    after.begin({ ...piece, scale: 2 }, "#000", before);
    after.work(painter, 9);
    expect(drawn).toHaveLength(6);
  });

  it("of nothing has nothing to be drawn", () => {
    const slide = make();
    slide.begin(piece, "#000");
    slide.drop();
    slide.changed([0], painter.geometry);
    slide.stale();
    expect([slide.done, slide.work(painter, 9), drawn]).toEqual([true, 0, []]);
  });
});
