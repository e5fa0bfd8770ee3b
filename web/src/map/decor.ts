// What is only drawn on a hall: the stage, a bar, words. It lies under the seats, in quiet colours.

import type { components } from "../lib/contract";
import { mix } from "./colors";

export type Decoration = components["schemas"]["PlanBody"]["decorations"][number];

/** How a piece of the hall is drawn: a point of the plan at `x * scale - left`, in device pixels. */
interface Place { scale: number; left: number; top: number; ratio: number }
interface Colors { ground: string; rule: string; muted: string; area: string }

const STRENGTH = 0.22; // of its own colour, so that a seat stands out from it
const WORDS_PX = { least: 9, most: 26 }; // CSS pixels
const WORD_WIDTH = 0.62; // of a letter, in its height

/** The rectangle around a shape; words alone have none. */
export function boxOf({ outline }: Decoration): { left: number; top: number; right: number; bottom: number } | null {
  if (!outline) return null;
  if (outline.shape === "ellipse") {
    const turn = (outline.rotation_degrees * Math.PI) / 180;
    const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
    const [width, height] = [Math.hypot(outline.radius_x * cos, outline.radius_y * sin), Math.hypot(outline.radius_x * sin, outline.radius_y * cos)];
    return { left: outline.x - width, top: outline.y - height, right: outline.x + width, bottom: outline.y + height };
  }
  const [xs, ys] = [outline.points.map(([x = 0]) => x), outline.points.map(([, y = 0]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** How large words are written, in device pixels: as their shape has room, or like a seat; 0 if nobody could read them. */
export function wordsPx(one: Decoration, { scale, ratio }: Pick<Place, "scale" | "ratio">, pitch: number): number {
  const box = boxOf(one);
  const letters = Math.max([...(one.text ?? "")].length, 1);
  const room = box ? Math.min((box.bottom - box.top) * 0.6, ((box.right - box.left) * 0.9) / letters / WORD_WIDTH) * scale : pitch * scale;
  const px = Math.min(room, WORDS_PX.most * ratio);
  return px < WORDS_PX.least * ratio ? 0 : Math.round(px);
}

export function drawDecorations(context: OffscreenCanvasRenderingContext2D, all: readonly Decoration[], place: Place, colors: Colors, pitch: number, font: string): void {
  const { scale, left, top, ratio } = place;
  for (const one of all) {
    if (one.outline) {
      const own = one.color ?? one.border_color;
      context.fillStyle = own ? mix(own, colors.ground, STRENGTH) : colors.area;
      context.strokeStyle = colors.rule;
      context.lineWidth = ratio;
      context.beginPath();
      trace(context, one.outline, place);
      context.fill();
      context.stroke();
    }
    const px = one.text ? wordsPx(one, place, pitch) : 0;
    if (px === 0) continue;
    context.font = `600 ${px}px ${font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colors.muted;
    context.fillText(one.text ?? "", one.text_x * scale - left, one.text_y * scale - top);
  }
}

function trace(context: OffscreenCanvasRenderingContext2D, outline: NonNullable<Decoration["outline"]>, { scale, left, top }: Place): void {
  if (outline.shape === "ellipse") {
    const { x, y, radius_x: rx, radius_y: ry, rotation_degrees: degrees } = outline;
    context.ellipse(x * scale - left, y * scale - top, rx * scale, ry * scale, (degrees * Math.PI) / 180, 0, 2 * Math.PI);
    return;
  }
  for (const [x = 0, y = 0] of outline.points) context.lineTo(x * scale - left, y * scale - top);
  context.closePath();
}
