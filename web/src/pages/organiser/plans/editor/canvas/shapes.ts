// Standing areas, and what is only drawn.

import { boxOf, cornersOf } from "../model/geometry";
import type { Area, Decoration } from "../model/plan";
import type { Colors } from "./colors";
import { FONT, label } from "./labels";
import type { View } from "./view";

export function counted(context: CanvasRenderingContext2D, view: View, area: Area, color: string | undefined, colors: Colors): void {
  const { left, top, right, bottom } = boxOf(area);
  const [x, y, width, height] = [view.toX(left), view.toY(top), (right - left) * view.scale, (bottom - top) * view.scale];
  context.fillStyle = color ?? colors.wrong;
  context.globalAlpha = 0.28;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  context.strokeStyle = color ?? colors.wrong;
  context.lineWidth = 2;
  context.strokeRect(x, y, width, height);
  if (width < 30 || height < 16) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `650 13px ${FONT}`;
  label(context, area.name, x + width / 2, y + height / 2 - (height > 44 ? 9 : 0), width - 6, colors);
  context.font = `500 12px ${FONT}`;
  if (height > 44) label(context, area.capacity.toLocaleString(), x + width / 2, y + height / 2 + 9, width - 6, colors);
}

export function decoration(context: CanvasRenderingContext2D, view: View, one: Decoration, colors: Colors): void {
  context.save();
  context.translate(view.toX(one.x), view.toY(one.y));
  context.rotate((one.rotation * Math.PI) / 180);
  const [width, height] = [one.width * view.scale, one.height * view.scale];
  context.beginPath();
  if (one.shape === "ellipse") context.ellipse(0, 0, width / 2, height / 2, 0, 0, 2 * Math.PI);
  else if (one.shape !== "text") {
    for (const { x, y } of one.shape === "polygon" ? one.points : cornersOf(one.width, one.height)) context.lineTo(x * view.scale, y * view.scale);
    context.closePath();
  }
  context.fillStyle = one.color;
  context.globalAlpha = 0.5;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colors.muted;
  context.lineWidth = 1;
  context.stroke();
  // Words are never upside down.
  if (Math.abs(one.rotation) > 90) context.rotate(Math.PI);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `650 ${Math.min(Math.max(height * 0.4, 10), 18)}px ${FONT}`;
  if (width > 24) label(context, one.name, 0, 0, width, colors);
  context.restore();
}
