import { beforeEach, describe, expect, it, vi } from "vitest";

import { covers, pieceOf, placed, Slide, type Draws } from "./slide";

const seen = { scale: 2, x: -100, y: -50, width: 400, height: 300, ratio: 2 };

describe("a piece of the plan", () => {
  it("is what the window shows and a margin around it, in device pixels", () => {
    expect(pieceOf(seen, 10)).toEqual({ scale: 4, ratio: 2, left: 180, top: 80, width: 840, height: 640 });
  });

  it("covers a window that has moved a little, and not one of another scale", () => {
    const piece = pieceOf(seen, 10);
    expect(covers(piece, { ...seen, x: -110 }, 0)).toBe(true);
    expect(covers(piece, { ...seen, x: -111 }, 0)).toBe(false);
    expect(covers(piece, { ...seen, x: -110 }, 1)).toBe(false);
    expect(covers(piece, { ...seen, scale: 2.1 }, 0)).toBe(false);
  });

  it("is put where the window shows it", () => {
    const piece = pieceOf(seen, 10);
    expect(placed(piece, seen)).toBe("translate(-10px, -10px) scale(1)");
    // Twice as near: the point in the window's corner, (50, 25) of the plan, is at (0, 0) now.
    expect(placed(piece, { ...seen, scale: 4, x: -200, y: -100 })).toBe("translate(-20px, -20px) scale(2)");
    expect(placed(piece, { ...seen, x: -100.3 }), "on whole pixels at its own scale").toBe("translate(-10.5px, -10px) scale(1)");
  });
});

describe("a picture of it", () => {
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
    vi.stubGlobal("document", { createElement: () => ({ style: {}, getContext: () => context }) });
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
});
