import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { copy, Sheets } from "./sheets";

describe("small pictures on a sheet", () => {
  const copied: unknown[] = [];
  const target = { drawImage: (source: unknown) => { copied.push(source); } } as unknown as OffscreenCanvasRenderingContext2D;

  beforeEach(() => {
    copied.length = 0;
    vi.useFakeTimers();
    vi.stubGlobal("OffscreenCanvas", class { constructor(readonly width: number, readonly height: number) {} getContext() { return { canvas: this }; } });
    vi.stubGlobal("createImageBitmap", async (canvas: unknown) => ({ of: canvas }));
  });
  afterEach(() => { vi.useRealTimers(); });

  it("have places below each other, and a new sheet when one is full", () => {
    const sheets = new Sheets();
    const cells = Array.from({ length: 25 }, () => sheets.cell(10, 12));
    expect(cells.map(({ y }) => y).slice(0, 3)).toEqual([0, 12, 24]);
    expect([cells[24]!.y, cells[24]!.sheet === cells[0]!.sheet]).toEqual([0, false]);
    expect(sheets.pixels).toBe(2 * 10 * 12 * 24);
  });

  it("are copied from the canvas while it grows, and from a bitmap once it no longer does", async () => {
    const sheets = new Sheets();
    const cell = sheets.cell(10, 10);
    const { canvas } = cell.context;
    copy(target, cell, 0, 0);
    await vi.advanceTimersByTimeAsync(60);
    const second = sheets.cell(10, 10);
    await vi.advanceTimersByTimeAsync(60);
    copy(target, cell, 0, 0);
    await vi.advanceTimersByTimeAsync(60);
    copy(target, second, 0, 0);
    sheets.cell(10, 10);
    copy(target, cell, 0, 0);
    expect(copied).toEqual([canvas, canvas, { of: canvas }, canvas]);
  });
});
