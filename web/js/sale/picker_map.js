// The map one chooses seats on: free seats in the colour of their price, the fan's own with a tick.

import { h, setText } from "../dom.js";
import { money, t } from "../i18n.js";
import { Geometry } from "../map/geometry.js";
import { listen } from "../map/gestures.js";
import { FREE } from "../map/seats.js";
import { View, themeColors } from "../map/view.js";

const NAMES_FROM_PX = 17; // seats this large carry their numbers and can be pointed at
const LABELS_UP_TO_PX = 12;
const CLOSE_PX = 30;

/** `onSeat(seat)` and `onArea(area)` are called for what was clicked. */
export function pickerMap({ plan, sale, seats, choice, onSeat, onArea }) {
  const canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": t("map.label") });
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const button = (label, text, act) => h("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  const controls = h("div", { class: "map-controls" },
    button(t("map.closer"), "+", () => view.zoomAt(1.6)),
    button(t("map.farther"), "−", () => view.zoomAt(1 / 1.6)),
    button(t("map.whole"), "⤢", () => view.fit()));
  const element = h("div", { class: "map" }, canvas, controls, tip);
  const geometry = new Geometry(plan);
  const view = new View(canvas, geometry, draw, { padding: 14 });
  const prices = new Map(sale.price_levels.map((level) => [level.index, level]));
  let only = null; // the price level that is picked out
  let hovered = -1;

  const onChange = () => view.redraw();
  seats.addEventListener("change", onChange);
  choice.addEventListener("change", onChange);

  listen(view, { onPoint: point, onLeave: () => hover(-1) });

  function point(px, py, kind) {
    const [x, y] = [(px - view.x) / view.scale, (py - view.y) / view.scale];
    const near = view.seatPx >= NAMES_FROM_PX;
    const seat = near ? geometry.seatAt(x, y, Math.max(geometry.pitch * 0.55, 12 / view.scale)) : -1;
    if (kind === "hover") return hover(seat, px, py);
    if (seat >= 0) return onSeat(seat);
    const area = geometry.areaAt(x, y);
    if (area >= 0) return onArea(area);
    if (!near) view.showPoint(x, y, CLOSE_PX);
    return undefined;
  }

  function hover(seat, px = 0, py = 0) {
    if (seat !== hovered) view.redraw();
    hovered = seat;
    tip.hidden = seat < 0;
    canvas.classList.toggle("pointing", seat >= 0);
    if (seat < 0) return;
    const { row, number, level, accessible } = plan.seats[seat];
    const { section, name } = plan.rows[row];
    const price = prices.get(level);
    const state = choice.seats.has(seat) ? "map.yours" : seats.states[seat] === FREE ? null : "map.taken";
    setText(tip, [t("item.seat", { section: plan.sections[section].name, row: name, number }),
      accessible && t("map.accessible"), state ? t(state) : `${price?.name} · ${money(price.price)}`].filter(Boolean).join("\n"));
    tip.style.left = `${Math.min(Math.max(px, 80), view.width - 80)}px`;
    tip.style.top = `${py}px`;
    tip.classList.toggle("below", py < 90);
  }

  function draw(context) {
    const colors = themeColors(canvas, ["ink", "card", "muted", "area", "seat-taken", "rule"]);
    drawAreas(context, colors);
    const size = view.seatPx * 0.8;
    const groups = new Map();
    const mine = [];
    plan.seats.forEach(({ x, y, level, accessible }, seat) => {
      const [px, py] = [view.toX(x), view.toY(y)];
      if (px < -size || py < -size || px > view.width + size || py > view.height + size) return;
      if (choice.seats.has(seat)) return void mine.push(seat);
      const free = seats.states[seat] === FREE;
      const key = free ? (only === null || only === level ? level : -2) : -1;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push([px, py, accessible, seat]);
    });
    for (const [key, group] of groups) {
      const [color, part] = key === -1 ? [colors["seat-taken"], 0.55] : key === -2 ? [colors.area, 0.9] : [prices.get(key)?.color ?? colors.muted, 1];
      shapes(context, group, color, size * part);
      if (view.seatPx >= NAMES_FROM_PX && key >= 0) numbers(context, group, inkOn(color));
    }
    own(context, mine, size, colors);
    if (hovered >= 0 && !choice.seats.has(hovered)) ring(context, hovered, size, colors);
    if (view.seatPx >= NAMES_FROM_PX) rowNames(context, colors);
    else if (view.seatPx <= LABELS_UP_TO_PX) sectionNames(context, colors);
  }

  function shapes(context, group, color, size) {
    context.fillStyle = color;
    context.beginPath();
    for (const [x, y, accessible] of group) {
      if (size < 5) context.rect(x - size / 2, y - size / 2, size, size);
      else if (accessible) context.roundRect(x - size / 2, y - size / 2, size, size, size / 6);
      else {
        context.moveTo(x + size / 2, y);
        context.arc(x, y, size / 2, 0, 7);
      }
    }
    context.fill();
  }

  function text(context, align, size, weight = 600) {
    context.font = `${weight} ${Math.round(size)}px ${getComputedStyle(canvas).fontFamily}`;
    context.textAlign = align;
    context.textBaseline = "middle";
  }

  function numbers(context, group, color) {
    text(context, "center", view.seatPx * 0.34);
    context.fillStyle = color;
    for (const [x, y, , seat] of group) context.fillText(plan.seats[seat].number, x, y + 0.5);
  }

  function own(context, mine, size, colors) {
    const drawn = Math.max(size * 1.05, 9);
    for (const seat of mine) {
      const [x, y] = [view.toX(plan.seats[seat].x), view.toY(plan.seats[seat].y)];
      context.globalAlpha = choice.holds(seat) ? 1 : 0.55; // on its way to the server
      shapes(context, [[x, y, false]], colors.ink, drawn);
      context.strokeStyle = colors.card;
      context.lineWidth = Math.max(drawn / 9, 1.5);
      context.beginPath();
      context.moveTo(x - drawn * 0.2, y);
      context.lineTo(x - drawn * 0.05, y + drawn * 0.16);
      context.lineTo(x + drawn * 0.22, y - drawn * 0.16);
      context.stroke();
      context.globalAlpha = 1;
    }
  }

  function ring(context, seat, size, colors) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(view.toX(plan.seats[seat].x), view.toY(plan.seats[seat].y), size / 2 + 2, 0, 7);
    context.stroke();
  }

  function rowNames(context, colors) {
    text(context, "center", view.seatPx * 0.36, 700);
    context.fillStyle = colors.muted;
    for (const { name, first_seat: first, seats: count } of plan.rows) {
      if (count === 0) continue;
      const a = plan.seats[first];
      const b = plan.seats[first + (count > 1 ? 1 : 0)];
      context.fillText(name, view.toX(count > 1 ? 2 * a.x - b.x : a.x - geometry.pitch), view.toY(count > 1 ? 2 * a.y - b.y : a.y));
    }
  }

  function sectionNames(context, colors) {
    text(context, "center", view.width < 480 ? 11 : 13, 650);
    const drawn = [];
    for (const { name, x, y } of geometry.sections) {
      const width = context.measureText(name).width + 16;
      const [middle, line] = [view.toX(x), view.toY(y)];
      // Names that would cover each other are left for a closer look; the first section is the best one.
      if (drawn.some((other) => Math.abs(other.line - line) < 24 && Math.abs(other.middle - middle) < (other.width + width) / 2)) continue;
      drawn.push({ middle, line, width });
      context.globalAlpha = 0.9;
      context.fillStyle = colors.card;
      context.beginPath();
      context.roundRect(middle - width / 2, line - 12, width, 24, 12);
      context.fill();
      context.globalAlpha = 1;
      context.fillStyle = colors.ink;
      context.fillText(name, middle, line + 0.5);
    }
  }

  function drawAreas(context, colors) {
    plan.areas.forEach((area, index) => {
      const gone = (seats.areas[index]?.free ?? 1) === 0;
      const [width, height] = [area.width * view.scale, area.height * view.scale];
      context.fillStyle = gone || (only !== null && only !== area.level) ? colors.area : prices.get(area.level)?.color ?? colors.muted;
      context.beginPath();
      context.roundRect(view.toX(area.x), view.toY(area.y), width, height, 8);
      context.fill();
      text(context, "center", Math.min(14, Math.max(height / 2.5, 9)), 650);
      context.fillStyle = inkOn(context.fillStyle);
      context.fillText(area.name, view.toX(area.x) + width / 2, view.toY(area.y) + height / 2, width - 8);
    });
  }

  return {
    element,
    pickOut(level) {
      only = level;
      view.redraw();
    },
    show(seat) {
      if (seat !== undefined) view.showPoint(plan.seats[seat].x, plan.seats[seat].y, CLOSE_PX);
    },
    leave() {
      seats.removeEventListener("change", onChange);
      choice.removeEventListener("change", onChange);
    },
  };
}

/** Black or white, whichever reads better on a colour `#rrggbb`. */
function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#0b0c10" : "#ffffff";
}
