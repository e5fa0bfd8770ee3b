import { describe, expect, it } from "vitest";

import { covers, pieceOf, placed } from "./piece";

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
