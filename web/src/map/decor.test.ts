import { describe, expect, it } from "vitest";

import { boxOf, wordsPx, type Decoration } from "./decor";

const look = { color: "#112233", border_color: null, text_x: 0, text_y: 0 };
const stage: Decoration = { ...look, text: "Stage", outline: { shape: "polygon", points: [[0, 0], [200, 0], [200, 60], [0, 60]] } };

describe("what is only drawn", () => {
  it("has an extent, so that the map shows it", () => {
    expect(boxOf(stage)).toEqual({ left: 0, top: 0, right: 200, bottom: 60 });
    const bar: Decoration = { ...look, text: null, outline: { shape: "ellipse", x: 50, y: 50, radius_x: 30, radius_y: 10, rotation_degrees: 90 } };
    const box = boxOf(bar);
    expect(box && [box.left, box.top, box.right, box.bottom].map(Math.round)).toEqual([40, 20, 60, 80]);
    expect(boxOf({ ...look, text: "Exit", outline: null })).toBeNull();
  });

  it("is written on as large as there is room, and not at all where nobody could read it", () => {
    expect(wordsPx(stage, { scale: 1, ratio: 1 }, 10)).toBe(26);
    expect(wordsPx(stage, { scale: 0.3, ratio: 1 }, 10)).toBe(11);
    expect(wordsPx(stage, { scale: 0.1, ratio: 1 }, 10)).toBe(0);
    expect(wordsPx({ ...look, text: "Exit", outline: null }, { scale: 1.2, ratio: 1 }, 10)).toBe(12);
  });
});
