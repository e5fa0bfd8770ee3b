// Words on the drawing.

import type { Colors } from "./colors";

const LABEL_MIN_PX = 9;
export const FONT = "system-ui, -apple-system, \"Segoe UI\", \"Apple SD Gothic Neo\", \"Noto Sans KR\", sans-serif";

/** Words with an edge of the ground; smaller if there is little room, and none where nobody could read them. */
export function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, width: number, colors: Colors): void {
  const [, weight = "600", size = "13"] = /^(\w+) ([\d.]+)px/.exec(context.font) ?? [];
  const fitting = Math.min(+size, (+size * width) / Math.max(context.measureText(text).width, 1));
  if (fitting < LABEL_MIN_PX) return;
  context.font = `${weight} ${fitting}px ${FONT}`;
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colors.card;
  context.fillStyle = colors.ink;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
