// What the map shows: the hall in tiles, and over it names, the own seats, and the one that is pointed at.

import { number, t } from "../../../lib/i18n";
import type { Extent } from "../../../map/camera";
import { Labels, type Label } from "../../../map/labels";
import { Layers } from "../../../map/layers";
import type { Filter } from "../../../map/filter";
import { Painter } from "../../../map/painter";
import type { View } from "../../../map/view";
import type { Item } from "./choice.svelte";
import type { Hall } from "./parts";

const NAMES_UP_TO_PX = 12; // seats larger than this are seen well enough without the names of the sections

export class Picture {
  readonly #view: View;
  readonly #hall: Hall;
  readonly #painter: Painter;
  readonly #layers: Layers;
  readonly #labels: Labels;
  #wished: ReadonlySet<number> = new Set();
  #held: ReadonlySet<number> = new Set();
  #pointed = -1;
  #labelled: Label[] = [];
  #counted = false; // until seats change
  #gone = "";

  constructor(view: View, hall: Hall) {
    this.#view = view;
    this.#hall = hall;
    const colors = new Map([...hall.levels].map(([index, { color }]) => [index, color]));
    this.#painter = new Painter(hall.geometry, hall.seats, colors, view.canvas, () => {
      this.#labels.clear();
      this.#counted = false;
      this.#layers.stale();
    });
    this.#layers = new Layers(view, this.#painter);
    this.#labels = new Labels(this.#painter);
  }

  /** Follows the seats; returns a function that ends it. */
  follow(): () => void {
    const stop = this.#hall.seats.onChange((changed) => {
      this.#counted = false;
      this.#layers.changed(changed);
    });
    return () => {
      stop();
      this.#layers.end();
      this.#painter.end();
    };
  }

  wished(seats: ReadonlySet<number>, items: Item[]): void {
    this.#wished = seats;
    this.#held = new Set(items.flatMap(({ seat }) => (typeof seat === "number" ? [seat] : [])));
    this.#view.redraw();
  }

  pointAt(seat: number): void {
    this.#pointed = seat;
    this.#view.redraw();
  }

  filtered(filter: Filter): void {
    const { level, accessible } = this.#painter.filter;
    if (filter.level === level && filter.accessible === accessible) return;
    this.#painter.filter = filter;
    this.#counted = false;
    this.#layers.stale();
  }

  draw(context: CanvasRenderingContext2D): void {
    const view = this.#view;
    const far = view.seatPx <= NAMES_UP_TO_PX;
    if (!this.#counted) this.#count();
    this.#layers.draw(context);
    for (const seat of this.#wished) this.#own(context, seat);
    if (this.#pointed >= 0 && !this.#wished.has(this.#pointed)) this.#ring(context, this.#pointed);
    this.#labels.draw(context, view, this.#labelled.slice(0, far ? undefined : this.#hall.plan.areas.length).map((label, index) => this.#ground(label, index)));
  }

  /** Counts what is free; blocks and areas whose colour says something else now are drawn anew. */
  #count(): void {
    this.#counted = true;
    const { plan, geometry, seats } = this.#hall;
    const label = (name: string, free: number, { left, top, width, height }: Extent, fill = 1): Label => ({
      name, free: free > 0 ? t("map.free", { count: free }) : t("levels.none"), short: number(free), gone: free === 0,
      x: left + width / 2, y: top + height / 2, width: width * Math.sqrt(fill), height: height * Math.sqrt(fill), on: null,
    });
    // Areas first, so that each label keeps its number.
    this.#labelled = [
      ...plan.areas.map((area, index) => label(area.name, seats.areas[index]?.free ?? 0, { ...area, left: area.x, top: area.y })),
      ...geometry.sections.map((section) => label(section.name, this.#painter.free(section), section, section.fill)),
    ];
    const gone = seats.areas.map(({ free }) => free === 0).join();
    if (this.#painter.count() || gone !== this.#gone) this.#layers.stale();
    this.#gone = gone;
  }

  /** A section far away is written on as a block. */
  #ground(label: Label, index: number): Label {
    const section = this.#hall.geometry.sections[index - this.#hall.plan.areas.length];
    return section ? { ...label, on: this.#painter.block(section, this.#view.seatPx) } : label;
  }

  #own(context: CanvasRenderingContext2D, seat: number): void {
    const view = this.#view;
    const { geometry } = this.#hall;
    const { ink, card } = this.#painter.colors;
    const size = Math.max(view.seatPx * 0.84, 9);
    const [x, y] = [view.toX(geometry.x[seat]!), view.toY(geometry.y[seat]!)];
    context.globalAlpha = this.#held.has(seat) ? 1 : 0.55; // on its way to the server
    context.fillStyle = ink;
    context.beginPath();
    context.arc(x, y, size / 2, 0, 7);
    context.fill();
    context.strokeStyle = card;
    context.lineWidth = Math.max(size / 9, 1.5);
    context.beginPath();
    context.moveTo(x - size * 0.2, y);
    context.lineTo(x - size * 0.05, y + size * 0.16);
    context.lineTo(x + size * 0.22, y - size * 0.16);
    context.stroke();
    context.globalAlpha = 1;
  }

  #ring(context: CanvasRenderingContext2D, seat: number): void {
    const view = this.#view;
    context.strokeStyle = this.#painter.colors.ink;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(view.toX(this.#hall.geometry.x[seat]!), view.toY(this.#hall.geometry.y[seat]!), view.seatPx * 0.4 + 2, 0, 7);
    context.stroke();
  }
}
