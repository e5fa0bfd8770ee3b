// What the map shows: pictures of the hall, and over them names, the own seats, and the one that is pointed at.

import { number, t } from "../../../lib/i18n";
import type { Extent } from "../../../map/camera";
import type { Filter } from "../../../map/filter";
import { Labels, type Label } from "../../../map/labels";
import { blockColor, Look } from "../../../map/look";
import { Marks } from "../../../map/marks";
import type { Window } from "../../../map/piece";
import { Slides } from "../../../map/slides";
import type { View } from "../../../map/view";
import type { Item } from "./choice.svelte";
import type { Hall } from "./parts";

const NAMES_UP_TO_PX = 12; // seats larger than this are seen well enough without the names of the sections

export class Picture {
  readonly #view: View;
  readonly #hall: Hall;
  readonly #look: Look;
  readonly #slides: Slides;
  readonly #marks: Marks;
  readonly #labels: Labels;
  #wished: ReadonlySet<number> = new Set();
  #held: ReadonlySet<number> = new Set();
  #pointed = -1;
  #labelled: Label[] = [];
  #counted = false; // until seats change
  #gone: readonly boolean[] = [];

  constructor(view: View, hall: Hall) {
    this.#view = view;
    this.#hall = hall;
    const colors = new Map([...hall.levels].map(([index, { color }]) => [index, color]));
    this.#look = new Look(hall.geometry, hall.seats, colors, view.surface, () => {
      this.#labels.clear();
      this.#recount();
    });
    this.#look.count();
    this.#slides = new Slides(view, this.#look);
    this.#marks = new Marks(view.surface);
    this.#labels = new Labels(this.#look);
  }

  /** Follows the seats; returns a function that ends it. */
  follow(): () => void {
    const stop = this.#hall.seats.onChange((changed) => {
      this.#counted = false;
      this.#slides.changed(changed);
      this.#view.redraw();
    });
    return () => {
      stop();
      this.#slides.end();
      this.#marks.end();
      this.#look.end();
    };
  }

  wished(seats: ReadonlySet<number>, items: Item[]): void {
    this.#wished = seats;
    this.#held = new Set(items.flatMap(({ seat }) => (typeof seat === "number" ? [seat] : [])));
    this.#mark();
  }

  pointAt(seat: number): void {
    if (seat === this.#pointed) return;
    this.#pointed = seat;
    this.#mark();
  }

  filtered(filter: Filter): void {
    const { level, accessible } = this.#look.filter;
    if (filter.level === level && filter.accessible === accessible) return;
    this.#look.filter = filter;
    this.#recount();
  }

  /** Everything looks different. */
  #recount(): void {
    this.#look.count();
    this.#slides.restyled();
    this.#counted = false;
    this.#view.redraw();
  }

  draw(): void {
    if (!this.#counted && this.#slides.resting) this.#count();
    this.#slides.draw();
    if (!this.#slides.ready) return;
    this.#marks.draw(this.#view, this.#slides, (context, window) => this.#paint(context, window));
    if (!this.#counted) this.#view.redraw();
  }

  #mark(): void {
    this.#marks.stale = "soon";
    this.#view.redraw();
  }

  #paint(context: OffscreenCanvasRenderingContext2D, window: Window): boolean {
    const px = this.#hall.geometry.pitch * window.scale;
    for (const seat of this.#wished) this.#own(context, window, seat);
    if (this.#pointed >= 0 && !this.#wished.has(this.#pointed)) this.#ring(context, window, this.#pointed);
    const labels = this.#labelled.slice(0, px <= NAMES_UP_TO_PX ? undefined : this.#hall.plan.areas.length);
    return this.#labels.draw(context, window, labels.map((label, index) => this.#ground(label, index, px)));
  }

  /** Counts what is free; blocks and areas whose colour says something else now are drawn anew. */
  #count(): void {
    this.#counted = true;
    const { plan, geometry, seats } = this.#hall;
    const label = (name: string, free: number, { left, top, width, height }: Extent, fill = 1): Label => ({
      name, free: free > 0 ? t("map.free", { count: free }) : t("levels.none"), short: number(free), gone: free === 0,
      x: left + width / 2, y: top + height / 2, width: width * Math.sqrt(fill), height: height * Math.sqrt(fill), on: null,
    });
    const areas = plan.areas.map((area) => ({ ...area, left: area.x, top: area.y }));
    // Areas first, so that each label keeps its number.
    this.#labelled = [
      ...areas.map((area, index) => label(area.name, seats.areas[index]?.free ?? 0, area)),
      ...geometry.sections.map((section) => label(section.name, this.#look.free(section), section, section.fill)),
    ];
    const gone = areas.map((_, index) => seats.areas[index]?.free === 0);
    const parts = [...this.#look.count().map((section) => this.#around(section)), ...areas.filter((_, index) => gone[index] !== this.#gone[index])];
    if (parts.length > 0) this.#slides.restyled(parts);
    this.#gone = gone;
    if (this.#marks.stale === "no") this.#marks.stale = "at rest";
  }

  /** A section as it is filled: its outline keeps a distance from its seats. */
  #around({ left, top, width, height }: Extent): Extent {
    const { pitch } = this.#hall.geometry;
    return { left: left - pitch, top: top - pitch, width: width + 2 * pitch, height: height + 2 * pitch };
  }

  /** A section far away is written on as a block. */
  #ground(label: Label, index: number, px: number): Label {
    const section = this.#hall.geometry.sections[index - this.#hall.plan.areas.length];
    return section ? { ...label, on: blockColor(this.#look, section, px) } : label;
  }

  #at(window: Window, seat: number): [x: number, y: number] {
    const { x, y } = this.#hall.geometry;
    return [x[seat]! * window.scale + window.x, y[seat]! * window.scale + window.y];
  }

  #own(context: OffscreenCanvasRenderingContext2D, window: Window, seat: number): void {
    const { ink, card } = this.#look.colors;
    const size = Math.max(this.#hall.geometry.pitch * window.scale * 0.84, 9);
    const [x, y] = this.#at(window, seat);
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

  #ring(context: OffscreenCanvasRenderingContext2D, window: Window, seat: number): void {
    const [x, y] = this.#at(window, seat);
    context.strokeStyle = this.#look.colors.ink;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, this.#hall.geometry.pitch * window.scale * 0.4 + 2, 0, 7);
    context.stroke();
  }
}
