// The hall on the board: every seat a point that lights up as it is held and sold.

import { onTheme, themeColors } from "../../map/colors";
import type { Geometry } from "../../map/geometry";
import type { Seats } from "../../map/seats.svelte";
import { BLOCKED, FREE, HELD, SOLD } from "../../map/states";
import { blank, View } from "../../map/view";

const FRAME_MS = 50;
const GLOW_MS = 700;
const SIZE = { [FREE]: 0.42, [HELD]: 0.72, [SOLD]: 0.78, [BLOCKED]: 0.3 };
const COLOR = { [FREE]: "seat-free", [HELD]: "held", [SOLD]: "sold", [BLOCKED]: "seat-blocked" } as const;
const COLORS = ["seat-free", "held", "sold", "seat-blocked", "glow", "area"] as const;
type State = keyof typeof COLOR;
type Colors = Record<(typeof COLORS)[number], string>;

/** Draws the hall into the canvas and follows the seats; returns a function that ends it. */
export function showHall(canvas: HTMLCanvasElement, geometry: Geometry, seats: Seats): () => void {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const { plan } = geometry;
  const soldAt = new Float64Array(plan.seats.length);
  canvas.style.setProperty("--aspect", String(geometry.bounds.width / geometry.bounds.height));
  const view = new View(canvas, geometry, draw, { frameMs: FRAME_MS, padding: 4 });

  const ends = [onTheme(() => view.redraw()), seats.onChange((changes) => {
    const now = performance.now();
    for (const [seat, state] of changes ?? []) if (state === SOLD) soldAt[seat] = now;
    view.redraw();
  })];

  function draw(): void {
    const context = blank(canvas, view);
    const colors = themeColors(canvas, COLORS);
    drawAreas(context, colors);
    const groups: number[][] = [[], [], [], []];
    const fresh: number[] = [];
    const now = performance.now();
    seats.states.forEach((state, seat) => {
      const at = soldAt[seat] ?? 0;
      if (!still.matches && at > 0 && now - at < GLOW_MS) fresh.push(seat);
      else groups[state]?.push(seat);
    });
    groups.forEach((group, state) => dots(context, group, colors[COLOR[state as State]], SIZE[state as State]));
    dots(context, fresh, colors.glow, 1);
    if (fresh.length > 0) view.redraw();
  }

  function dots(context: CanvasRenderingContext2D, group: number[], color: string, size: number): void {
    const px = Math.max(view.geometry.pitch * view.scale * size, 1);
    context.fillStyle = color;
    context.beginPath();
    for (const seat of group) {
      const [x, y] = [view.toX(geometry.x[seat] ?? 0), view.toY(geometry.y[seat] ?? 0)];
      if (px < 4) context.rect(x - px / 2, y - px / 2, px, px);
      else {
        context.moveTo(x + px / 2, y);
        context.arc(x, y, px / 2, 0, 7);
      }
    }
    context.fill();
  }

  function drawAreas(context: CanvasRenderingContext2D, colors: Colors): void {
    plan.areas.forEach((area, index) => {
      const [x, y] = [view.toX(area.x), view.toY(area.y)];
      const [width, height] = [area.width * view.scale, area.height * view.scale];
      const { held = 0, sold = 0 } = seats.areas[index] ?? {};
      context.save();
      context.beginPath();
      context.roundRect(x, y, width, height, Math.min(6, width / 4, height / 4));
      context.clip();
      context.fillStyle = colors.area;
      context.fillRect(x, y, width, height);
      const soldWidth = (width * sold) / area.capacity;
      context.fillStyle = colors.sold;
      context.fillRect(x, y, soldWidth, height);
      context.fillStyle = colors.held;
      context.fillRect(x + soldWidth, y, (width * held) / area.capacity, height);
      context.restore();
    });
  }

  return () => {
    for (const end of ends) end();
    view.end();
  };
}
