// The drawing: shapes, seats by price level, names, and what is chosen.

import { boxOf, pitchOf, type Box } from "../model/geometry";
import { around, handles, moved, outline, underWay, type Scene } from "./chosen";
import type { Colors } from "./colors";
import { seats, title } from "./seats";
import { counted, decoration } from "./shapes";
import type { View } from "./view";

/** More chosen things than this have a plain outline: so many dashes are only noise. */
const MANY = 10;

export function paint(context: CanvasRenderingContext2D, view: View, scene: Scene, colors: Colors): void {
  sheet(context, view, colors);
  const levels = new Map(scene.plan.levels.map(({ id, color }) => [id, color]));
  const shown = viewBox(view);
  for (const one of scene.plan.decorations) moved(context, view, scene, one.id, () => decoration(context, view, one, colors));
  for (const area of scene.plan.areas) moved(context, view, scene, area.id, () => counted(context, view, area, levels.get(area.level), colors));
  for (const block of scene.plan.blocks) {
    if (meets(boxOf(block), shown) || scene.gesture) moved(context, view, scene, block.id, () => seats(context, view, block, levels, scene.selection, colors));
  }
  for (const block of scene.plan.blocks) moved(context, view, scene, block.id, () => title(context, view, block, colors));
  for (const thing of [...scene.plan.blocks, ...scene.plan.areas, ...scene.plan.decorations]) {
    if (!scene.selection.ids.has(thing.id)) continue;
    moved(context, view, scene, thing.id, () => outline(context, around(view, boxOf(thing), thing.kind === "block" ? pitchOf(thing) : 0), scene.selection.ids.size > MANY, colors));
  }
  handles(context, view, scene, colors);
  if (scene.gesture) underWay(context, view, scene.gesture, colors);
}

const viewBox = (view: View): Box => {
  const [a, b] = [view.at(-40, -40), view.at(view.width + 40, view.height + 40)];
  return { left: a.x, top: a.y, right: b.x, bottom: b.y };
};

const meets = (a: Box, b: Box): boolean => a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

function sheet(context: CanvasRenderingContext2D, view: View, { grid }: Colors): void {
  let step = 100;
  while (step * view.scale < 40) step *= 2;
  const { left, top, right, bottom } = viewBox(view);
  context.beginPath();
  for (let x = Math.floor(left / step) * step; x <= right; x += step) line(context, view.toX(x), 0, view.toX(x), view.height);
  for (let y = Math.floor(top / step) * step; y <= bottom; y += step) line(context, 0, view.toY(y), view.width, view.toY(y));
  context.strokeStyle = grid;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
}
