// The hall on the board: every seat a point that lights up as it is held and sold.

import { Geometry } from "../map/geometry.js";
import { BLOCKED, FREE, HELD, SOLD } from "../map/seats.js";
import { View, themeColors } from "../map/view.js";

const FRAME_MS = 50;
const GLOW_MS = 700;
const SIZE = { [FREE]: 0.42, [HELD]: 0.72, [SOLD]: 0.78, [BLOCKED]: 0.3 };
const COLOR = { [FREE]: "seat-free", [HELD]: "held", [SOLD]: "sold", [BLOCKED]: "seat-blocked" };

/** Draws the plan into the canvas and follows the seats. */
export function showHall(canvas, plan, seats) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const changedAt = new Float64Array(plan.seats.length);
  const geometry = new Geometry(plan);
  canvas.style.setProperty("--aspect", geometry.bounds.width / geometry.bounds.height);
  const view = new View(canvas, geometry, draw, { frameMs: FRAME_MS, padding: 4 });

  seats.addEventListener("change", ({ detail: changes }) => {
    const now = performance.now();
    for (const [seat, state] of changes ?? []) if (state === SOLD) changedAt[seat] = now;
    view.redraw();
  });

  function draw(context) {
    const colors = themeColors(canvas, ["seat-free", "held", "sold", "seat-blocked", "glow", "muted", "area"]);
    drawAreas(context, colors);
    const groups = [[], [], [], []];
    const fresh = [];
    const now = performance.now();
    seats.states.forEach((state, seat) => {
      if (!still.matches && changedAt[seat] > 0 && now - changedAt[seat] < GLOW_MS) fresh.push(seat);
      else groups[state].push(seat);
    });
    groups.forEach((group, state) => dots(context, group, colors[COLOR[state]], SIZE[state]));
    dots(context, fresh, colors.glow, 1);
    if (fresh.length > 0) view.redraw();
  }

  function dots(context, group, color, size) {
    const px = Math.max(view.seatPx * size, 1);
    context.fillStyle = color;
    context.beginPath();
    for (const seat of group) {
      const { x, y } = plan.seats[seat];
      if (px < 4) context.rect(view.toX(x) - px / 2, view.toY(y) - px / 2, px, px);
      else {
        context.moveTo(view.toX(x) + px / 2, view.toY(y));
        context.arc(view.toX(x), view.toY(y), px / 2, 0, 7);
      }
    }
    context.fill();
  }

  function drawAreas(context, colors) {
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
  return view;
}
