// Tickets sold and held over time, as far as this page has watched. Kept over a reload of the same tab.

import { setText, svg } from "../dom.js";
import { number, t } from "../i18n.js";
import { asClock } from "../clock.js";

const POINTS_MAX = 600;
const STEP_MS = 500;
const PACE_WINDOW_MS = 10_000;
const [WIDTH, HEIGHT] = [600, 160];

export class Timeline {
  #key;
  #points = []; // [server ms, sold, held]
  #capacity;
  #parts = {};
  peak = 0; // tickets per minute

  constructor(host, { sale, capacity }) {
    this.#key = `timeline ${sale}`;
    this.#capacity = Math.max(capacity, 1);
    this.#restore();
    const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", class: "chart",
      "aria-label": t("timeline.title") });
    for (const share of [0, 0.5, 1]) {
      const y = HEIGHT * (1 - share);
      chart.append(svg("line", { x1: 0, x2: WIDTH, y1: y, y2: y, class: "grid" }));
    }
    this.#parts.area = svg("path", { class: "sold-area" });
    this.#parts.held = svg("path", { class: "held-line" });
    this.#parts.sold = svg("path", { class: "sold-line" });
    chart.append(this.#parts.area, this.#parts.held, this.#parts.sold);
    this.#parts.chart = chart;
    host.append(chart);
  }

  /** Tickets sold per minute over the last seconds. */
  get pace() {
    const last = this.#points.at(-1);
    const first = last && this.#points.find(([at]) => at >= last[0] - PACE_WINDOW_MS);
    if (!first || last[0] - first[0] < 1_000) return 0;
    return Math.max(0, Math.round(((last[1] - first[1]) * 60_000) / (last[0] - first[0])));
  }

  /** Whether this page saw anything sold. */
  get moved() {
    return this.#points.length > 1 && this.#points[0][1] !== this.#points.at(-1)[1];
  }

  add(at, sold, held) {
    const last = this.#points.at(-1);
    if (last && at - last[0] < STEP_MS && last[1] === sold) return;
    this.#points.push([at, sold, held]);
    if (this.#points.length > POINTS_MAX) this.#thin();
    this.peak = Math.max(this.peak, this.pace);
    try { sessionStorage.setItem(this.#key, JSON.stringify([this.#points, this.peak])); } catch { /* then a reload starts anew */ }
    this.#draw();
  }

  /** Halves the older half, so that the chart may run for hours. */
  #thin() {
    const half = this.#points.length >> 1;
    this.#points = this.#points.filter((_, index) => index >= half || index % 2 === 0);
  }

  #draw() {
    if (this.#points.length < 2) return;
    const [start, end] = [this.#points[0][0], this.#points.at(-1)[0]];
    const x = (at) => (((at - start) / Math.max(end - start, 1)) * WIDTH).toFixed(1);
    const y = (count) => (HEIGHT * (1 - count / this.#capacity)).toFixed(1);
    const line = (pick) => `M${this.#points.map((point) => `${x(point[0])} ${y(pick(point))}`).join("L")}`;
    const sold = line((point) => point[1]);
    this.#parts.sold.setAttribute("d", sold);
    this.#parts.area.setAttribute("d", `${sold}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`);
    this.#parts.held.setAttribute("d", line((point) => point[1] + point[2]));
    this.#parts.chart.setAttribute("aria-label", t("timeline.label", { sold: this.#points.at(-1)[1], span: asClock(end - start) }));
    setText(document.getElementById("timeline-span"), t("timeline.span", { span: asClock(end - start) }));
    setText(document.getElementById("timeline-top"), number(this.#capacity));
  }

  #restore() {
    try {
      [this.#points, this.peak] = JSON.parse(sessionStorage.getItem(this.#key)) ?? [[], 0];
    } catch { /* no storage */ }
  }
}
