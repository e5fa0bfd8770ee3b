// Blocks on the drawing: seats by price level, their marks and numbers, the names of rows and section.

import { boxOf, isSomewhere, pitchOf, place, turned } from "../model/geometry";
import type { Block } from "../model/plan";
import type { Selection } from "../state.svelte";
import type { Colors } from "./colors";
import { FONT, label } from "./labels";
import { stampOf } from "./stamps";
import type { View } from "./view";

/** Smaller than this, a seat is painted as a square; a circle could not be told from it. */
const ROUND_FROM_PX = 5;
const NUMBERS_FROM_PX = 22;
/** How much of the distance to the next one a seat fills. */
const SEAT_SHARE = 0.78;

export function seats(context: CanvasRenderingContext2D, view: View, block: Block, levels: ReadonlyMap<string, string>, selection: Selection, colors: Colors): void {
  const { seats: all, points } = place(block);
  const size = Math.max(pitchOf(block) * view.scale * SEAT_SHARE, 1.2);
  const [half, round] = [size / 2, size >= ROUND_FROM_PX];
  const some = selection.guids.size > 0;
  const marked: number[] = [];
  let last = "";
  let stamp: HTMLCanvasElement | null = null;
  let chosen: HTMLCanvasElement | null = null;
  all.forEach((seat, index) => {
    const [x, y] = [view.toX(points[2 * index] ?? 0), view.toY(points[2 * index + 1] ?? 0)];
    if (x < -size || y < -size || x > view.width + size || y > view.height + size) return;
    const color = seat.blocked ? colors.grid : levels.get(seat.level) ?? colors.wrong;
    if (color !== last) {
      last = color;
      context.fillStyle = color;
      stamp = round ? stampOf("seat", color, size) : null;
    }
    if (stamp) context.drawImage(stamp, x - half - 3, y - half - 3, size + 6, size + 6);
    else context.fillRect(x - half, y - half, size, size);
    if (seat.accessible || seat.blocked || (some && selection.guids.has(seat.guid))) marked.push(index);
  });
  for (const index of marked) {
    const seat = all[index];
    const [x, y] = [view.toX(points[2 * index] ?? 0), view.toY(points[2 * index + 1] ?? 0)];
    if (seat?.blocked) cross(context, x, y, half * 0.6, colors.muted);
    if (seat?.accessible) ring(context, x, y, half * 0.45, colors.card, Math.max(half * 0.28, 1));
    if (seat && selection.guids.has(seat.guid)) {
      chosen ??= stampOf("ring", colors.ink, size);
      context.drawImage(chosen, x - half - 3, y - half - 3, size + 6, size + 6);
    }
  }
  if (size >= NUMBERS_FROM_PX) numbers(context, view, block, size);
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, Math.max(radius, 1), 0, 2 * Math.PI);
  context.stroke();
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, reach: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = Math.max(reach * 0.3, 1);
  context.beginPath();
  context.moveTo(x - reach, y - reach);
  context.lineTo(x + reach, y + reach);
  context.moveTo(x + reach, y - reach);
  context.lineTo(x - reach, y + reach);
  context.stroke();
}

function numbers(context: CanvasRenderingContext2D, view: View, block: Block, size: number): void {
  const { seats: all, points } = place(block);
  context.font = `600 ${Math.min(size * 0.42, 15)}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  all.forEach((seat, index) => {
    const [x, y] = [view.toX(points[2 * index] ?? 0), view.toY(points[2 * index + 1] ?? 0)];
    if (seat.accessible || x < 0 || y < 0 || x > view.width || y > view.height) return;
    // White with a dark edge reads on every colour of the palette.
    context.lineWidth = 2.5;
    context.strokeStyle = "#15161b";
    context.fillStyle = "#ffffff";
    context.strokeText(seat.number, x, y + 0.5);
    context.fillText(seat.number, x, y + 0.5);
  });
}

/** Section above the block, row names beside it. */
export function title(context: CanvasRenderingContext2D, view: View, block: Block, colors: Colors): void {
  const box = boxOf(block);
  if (!isSomewhere(box)) return;
  const width = (box.right - box.left) * view.scale;
  const pitch = pitchOf(block);
  context.textBaseline = "middle";
  if (pitch * view.scale >= 13) {
    context.font = `500 11px ${FONT}`;
    context.fillStyle = colors.muted;
    context.textAlign = "center";
    for (const row of block.rows) {
      const [first, second] = [row.seats[0], row.seats[1]];
      if (!first) continue;
      const length = second ? Math.hypot(second.x - first.x, second.y - first.y) || 1 : 1;
      const [dx, dy] = second ? [(first.x - second.x) / length, (first.y - second.y) / length] : [-1, 0];
      const at = turned(first.x + dx * pitch * 1.4, first.y + dy * pitch * 1.4, block.rotation);
      context.fillText(row.name, view.toX(block.x + at.x), view.toY(block.y + at.y));
    }
  }
  if (width < 26 || block.name === "") return;
  const name = view.toX(box.left) + width / 2;
  context.font = `650 ${width < 70 ? 10 : 13}px ${FONT}`;
  context.textAlign = "center";
  label(context, block.name, name, view.toY(box.top) - pitch * view.scale * 0.5 - 11, width + 40, colors);
}
