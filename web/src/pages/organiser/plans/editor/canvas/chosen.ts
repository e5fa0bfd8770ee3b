// What is chosen and what is under way: outlines, handles, the rectangle or lasso that is being drawn.

import { boxOf, pitchOf, type Box } from "../model/geometry";
import type { Plan } from "../model/plan";
import type { Gesture, Selection } from "../state.svelte";
import type { Colors } from "./colors";
import { FONT, label } from "./labels";
import type { View } from "./view";

export interface Scene { readonly plan: Plan; readonly selection: Selection; readonly gesture: Gesture | null; readonly readonly: boolean }

const HANDLE_PX = 30;

/** A box of the plan in CSS pixels, wider by `more` units. */
export function around(view: View, box: Box, more: number): { x: number; y: number; width: number; height: number } {
  const pad = (more / 2) * view.scale + 5;
  const [x, y] = [view.toX(box.left) - pad, view.toY(box.top) - pad];
  return { x, y, width: view.toX(box.right) + pad - x, height: view.toY(box.bottom) + pad - y };
}

/** What is chosen follows the pointer while it is moved or turned. */
export function moved(context: CanvasRenderingContext2D, view: View, { gesture, selection }: Scene, id: string, draw: () => void): void {
  if (!gesture || !selection.ids.has(id) || (gesture.kind !== "move" && gesture.kind !== "turn")) return draw();
  context.save();
  if (gesture.kind === "move") context.translate(gesture.dx * view.scale, gesture.dy * view.scale);
  else {
    const [x, y] = [view.toX(gesture.centre.x), view.toY(gesture.centre.y)];
    context.translate(x, y);
    context.rotate((gesture.degrees * Math.PI) / 180);
    context.translate(-x, -y);
  }
  draw();
  context.restore();
}

export function outline(context: CanvasRenderingContext2D, { x, y, width, height }: { x: number; y: number; width: number; height: number }, many: boolean, { focus }: Colors): void {
  context.strokeStyle = focus;
  context.fillStyle = focus;
  context.globalAlpha = many ? 0.12 : 0.06;
  context.fillRect(x, y, width, height);
  context.globalAlpha = many ? 0.5 : 1;
  context.lineWidth = many ? 1 : 2;
  if (!many) context.setLineDash([6, 4]);
  context.strokeRect(x, y, width, height);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Where the handles of a single chosen thing are, in CSS pixels. */
export function handlesOf(view: View, { plan, selection, readonly }: Omit<Scene, "gesture">): { turn: { x: number; y: number } | null; size: { x: number; y: number } | null } {
  const some = [...plan.blocks, ...plan.areas, ...plan.decorations].filter(({ id }) => selection.ids.has(id));
  const [thing] = some;
  if (!thing || some.length > 1 || readonly) return { turn: null, size: null };
  const { x, y, width, height } = around(view, boxOf(thing), thing.kind === "block" ? pitchOf(thing) : 0);
  const upright = thing.kind === "area" || (thing.kind === "decoration" && thing.rotation === 0 && (thing.shape === "rectangle" || thing.shape === "ellipse"));
  return { turn: thing.kind === "area" ? null : { x: x + width / 2, y: y - HANDLE_PX }, size: upright ? { x: x + width, y: y + height } : null };
}

export function handles(context: CanvasRenderingContext2D, view: View, scene: Scene, colors: Colors): void {
  if (scene.gesture) return;
  const { turn, size } = handlesOf(view, scene);
  context.fillStyle = colors.card;
  context.strokeStyle = colors.focus;
  context.lineWidth = 2;
  for (const [handle, round] of [[turn, true], [size, false]] as const) {
    if (!handle) continue;
    context.beginPath();
    if (round) {
      context.moveTo(handle.x, handle.y + 7);
      context.lineTo(handle.x, handle.y + HANDLE_PX);
      context.stroke();
      context.beginPath();
      context.arc(handle.x, handle.y, 7, 0, 2 * Math.PI);
    } else context.rect(handle.x - 6, handle.y - 6, 12, 12);
    context.fill();
    context.stroke();
  }
}

export function underWay(context: CanvasRenderingContext2D, view: View, gesture: Gesture, colors: Colors): void {
  context.strokeStyle = colors.focus;
  context.fillStyle = colors.focus;
  context.lineWidth = 2;
  context.beginPath();
  if (gesture.kind === "lasso") {
    for (const { x, y } of gesture.line) context.lineTo(view.toX(x), view.toY(y));
    context.closePath();
  } else if (gesture.kind === "draw" || gesture.kind === "marquee") {
    const { left, top, right, bottom } = gesture.box;
    context.rect(view.toX(left), view.toY(top), (right - left) * view.scale, (bottom - top) * view.scale);
  } else return;
  context.globalAlpha = 0.1;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
  if (gesture.kind !== "draw" || gesture.words === "") return;
  context.font = `650 14px ${FONT}`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  label(context, gesture.words, view.toX(gesture.box.left), view.toY(gesture.box.top) - 6, 400, colors);
}
