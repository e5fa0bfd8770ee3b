// Pictures of a single seat, painted once and stamped thousands of times.

const stamps = new Map<string, HTMLCanvasElement>();

/** A seat of a colour, or the ring around one, painted once with an edge of 3 px: thousands of arcs would take too long. */
export function stampOf(kind: "seat" | "ring", color: string, size: number): HTMLCanvasElement {
  const ratio = devicePixelRatio || 1;
  const across = Math.min(size, 200);
  const key = `${kind}${color}${Math.round(across * ratio)}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > 200) stamps.clear();
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = Math.ceil((across + 6) * ratio);
  const context = stamp.getContext("2d");
  if (context) {
    const middle = stamp.width / 2;
    context.fillStyle = context.strokeStyle = color;
    context.lineWidth = Math.min(Math.max(across * 0.18, 2), 3) * ratio;
    context.beginPath();
    context.arc(middle, middle, (across / 2 + (kind === "ring" ? 0.5 : 0)) * ratio, 0, 2 * Math.PI);
    if (kind === "ring") context.stroke();
    else context.fill();
  }
  stamps.set(key, stamp);
  return stamp;
}
