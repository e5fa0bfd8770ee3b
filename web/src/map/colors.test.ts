import { expect, test } from "vitest";

import { inkOn, mix } from "./colors";

test("mixes colours however they are written", () => {
  expect(mix("#000000", "#fff", 0.5)).toBe("#808080");
  expect(mix("#d55e00", "#ffffff", 1)).toBe("#d55e00");
});

test("writes dark on light and light on dark", () => {
  expect(["#fff", "#ffb938", "#7c3aed", "#000"].map(inkOn)).toEqual(["#0b0c10", "#0b0c10", "#ffffff", "#ffffff"]);
});
