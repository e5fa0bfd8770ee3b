import { expect, test } from "vitest";

import { Camera } from "./camera";

function open(width = 800, height = 400): Camera {
  const camera = new Camera({ left: 100, top: 50, width: 1_000, height: 1_000 }, 10, 0);
  camera.resize(width, height);
  return camera;
}

test("begins with the whole plan in the middle", () => {
  const camera = open();
  expect(camera.scale).toBeCloseTo(0.4);
  expect([camera.toX(600), camera.toY(550)]).toEqual([400, 200]);
  expect(camera.zoomed).toBe(false);
});

test("keeps the point under the pointer while zooming", () => {
  const camera = open();
  const before = (300 - camera.x) / camera.scale;
  camera.zoomAt(3, 300, 150);
  expect((300 - camera.x) / camera.scale).toBeCloseTo(before);
  expect(camera.zoomed).toBe(true);
});

test("zooms no closer than a seat can be seen, and no farther than the whole", () => {
  const camera = open();
  camera.zoomAt(1e6);
  expect(camera.seatPx).toBeCloseTo(56);
  camera.zoomAt(1e-6);
  expect(camera.scale).toBeCloseTo(0.4);
});

test("never loses the plan", () => {
  const camera = open();
  camera.zoomAt(4);
  camera.pan(1e6, -1e6);
  expect([camera.toX(100), camera.toY(1_050)].map(Math.round)).toEqual([400, 200]);
});

test("shows a section as large as it fits, and stays there when the window changes", () => {
  const camera = open();
  camera.showExtent({ left: 200, top: 200, width: 100, height: 100 });
  expect([camera.toX(250), camera.toY(250)]).toEqual([400, 200]);
  const { scale } = camera;
  camera.resize(600, 400);
  expect(camera.scale).toBe(scale);
});
