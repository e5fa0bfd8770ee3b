// Draws a piece of the hall that one chooses seats in: sections, areas, free seats in the colour of their price.

import { inkOn, mix, onTheme, themeColors } from "./colors";
import { drawDecorations } from "./decor";
import { freeIn, passes, type Filter } from "./filter";
import type { Geometry, Section } from "./geometry";
import type { Seats } from "./seats.svelte";
import { copy, Sheets, type Cell } from "./sheets";

/** In device pixels: a point of the plan is drawn at `x * scale - left`. */
export interface Piece { scale: number; left: number; top: number; width: number; height: number; ratio: number }

export const NAMES_FROM_PX = 17; // seats this large carry their numbers
const SEATS_FROM_PX = 5; // below, a section of one price is a block in its colour
const SHAPES_FROM_PX = 5;
const SPRITE_PIXELS_MAX = 4_000_000;
/** How strong a block is coloured, by the share of its seats that is free. */
const STRENGTHS: [share: number, strength: number][] = [[0.7, 1], [0.4, 0.75], [0.15, 0.5], [0, 0.3]];
const SNAP_FROM_PX = 9; // from here on a seat sits on whole pixels
const TOKENS = ["ground", "card", "rule", "ink", "muted", "area", "seat-taken"] as const;

export class Painter {
  filter: Filter = { level: null, accessible: false };
  colors: Record<(typeof TOKENS)[number], string>;
  readonly font: string;
  readonly #levels: ReadonlyMap<number, string>;
  readonly #sprites = new Map<string, Cell>();
  readonly #sheets = new Sheets();
  readonly #names: { name: string; x: number; y: number }[];
  readonly #paths = new Map<number, Path2D>();
  #blocks = new Map<number, string>(); // colour by section, as long as no seat changes
  readonly #stop: () => void;
  /** Whether a section has several prices, by its index. */
  readonly #several: boolean[] = [];

  /** `levels` are the colours of the price levels by index; `restyled` is called when the theme has changed. */
  constructor(readonly geometry: Geometry, readonly seats: Seats, levels: ReadonlyMap<number, string>, element: Element, restyled: () => void) {
    this.#levels = levels;
    this.#names = namesOf(geometry);
    for (const { index, level } of geometry.sections) this.#several[index] = level === null;
    this.colors = themeColors(element, TOKENS);
    this.font = getComputedStyle(element).fontFamily;
    this.#stop = onTheme(() => {
      this.colors = themeColors(element, TOKENS);
      restyled();
    });
  }

  end(): void { this.#stop(); }

  /** The colour of a section that is shown as a block; null if its seats are shown. `px` is their size in CSS pixels. */
  block(section: Section, px: number): string | null {
    if (px >= SEATS_FROM_PX || section.level === null) return null;
    return this.#blocks.get(section.index) ?? null;
  }

  free(section: Section): number { return freeIn(section, this.filter, this.geometry, this.seats); }

  /** Looks at the seats again; gives the sections whose blocks have another colour now. */
  count(): Section[] {
    const before = this.#blocks;
    this.#blocks = new Map(this.geometry.sections.map((section) => [section.index, this.#tone(section)]));
    return this.geometry.sections.filter(({ index }) => before.get(index) !== this.#blocks.get(index));
  }

  #tone(section: Section): string {
    const free = this.free(section);
    if (free === 0 || section.level === null) return this.colors.area;
    const share = free / (this.filter.accessible ? section.accessible.length : section.seats);
    const [, strength] = STRENGTHS.find(([from]) => share >= from)!;
    return mix(this.#levels.get(section.level) ?? this.colors.muted, this.colors.card, strength);
  }

  /** Draws what is in the piece; `within` (of the piece) is all that changes. */
  paint(context: CanvasRenderingContext2D, piece: Piece, within: { left: number; top: number; width: number; height: number }): void {
    context.save();
    context.beginPath();
    context.rect(within.left, within.top, within.width, within.height);
    context.clip();
    context.fillStyle = this.colors.ground;
    context.fillRect(within.left, within.top, within.width, within.height);
    const { scale } = piece;
    const pitch = this.geometry.pitch;
    const box = {
      left: (piece.left + within.left) / scale - pitch, top: (piece.top + within.top) / scale - pitch,
      right: (piece.left + within.left + within.width) / scale + pitch, bottom: (piece.top + within.top + within.height) / scale + pitch,
    };
    drawDecorations(context, this.geometry.plan.decorations ?? [], piece, this.colors, pitch, this.font);
    this.#sections(context, piece, box);
    this.#areas(context, piece);
    this.#seats(context, piece, box);
    if (pitch * scale >= NAMES_FROM_PX * piece.ratio) this.#rowNames(context, piece, box);
    context.restore();
  }

  #sections(context: CanvasRenderingContext2D, { scale, left, top, ratio }: Piece, box: Box): void {
    const pitch = this.geometry.pitch;
    context.setTransform(scale, 0, 0, scale, -left, -top);
    context.lineWidth = ratio / scale;
    context.strokeStyle = this.colors.rule;
    for (const section of this.geometry.sections) {
      if (section.left > box.right + pitch || section.left + section.width < box.left - pitch) continue;
      if (section.top > box.bottom + pitch || section.top + section.height < box.top - pitch) continue;
      const path = this.#path(section);
      context.fillStyle = this.block(section, (pitch * scale) / ratio) ?? this.colors.card;
      context.fill(path);
      context.stroke(path);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  #path(section: Section): Path2D {
    let path = this.#paths.get(section.index);
    if (!path) {
      path = new Path2D();
      for (const { x, y } of section.outline) path.lineTo(x, y);
      path.closePath();
      this.#paths.set(section.index, path);
    }
    return path;
  }

  #areas(context: CanvasRenderingContext2D, { scale, left, top, ratio }: Piece): void {
    this.geometry.plan.areas.forEach((area, index) => {
      const gone = this.seats.areas[index]?.free === 0;
      const faded = (this.filter.level !== null && this.filter.level !== area.level) || this.filter.accessible;
      context.fillStyle = gone || faded ? this.colors.area : this.#levels.get(area.level) ?? this.colors.muted;
      context.beginPath();
      context.roundRect(area.x * scale - left, area.y * scale - top, area.width * scale, area.height * scale, 8 * ratio);
      context.fill();
    });
  }

  #seats(context: CanvasRenderingContext2D, { scale, left, top, ratio }: Piece, box: Box): void {
    const { x, y, plan, pitch } = this.geometry;
    const { level: levels, accessible: wide, row: rows } = plan.seats.columns;
    const px = pitch * scale;
    const far = px < SEATS_FROM_PX * ratio;
    if (far && this.geometry.sections.every(({ level }) => level !== null)) return;
    const full = px * 0.8;
    const named = px >= NAMES_FROM_PX * ratio;
    let filled = "";
    this.geometry.eachSeat(box.left, box.top, box.right, box.bottom, (seat) => {
      if (far && this.#several[plan.rows[rows[seat]!]!.section] !== true) return;
      const free = this.seats.isFree(seat);
      const offered = free && passes(this.filter, plan, seat);
      const color = offered ? this.#levels.get(levels[seat]!) ?? this.colors.muted : free ? this.colors.area : this.colors["seat-taken"];
      const size = free ? full * (offered ? 1 : 0.9) : full * 0.55;
      const [px, py] = [x[seat]! * scale - left, y[seat]! * scale - top];
      if (full < SHAPES_FROM_PX) {
        if (color !== filled) context.fillStyle = filled = color;
        context.fillRect(px - size / 2, py - size / 2, size, size);
        return;
      }
      const sprite = this.#sprite(color, wide[seat] === 1, size, named && offered ? plan.seats.number(seat) : "");
      const [sx, sy] = [px - sprite.width / 2, py - sprite.height / 2];
      if (full < SNAP_FROM_PX) copy(context, sprite, sx, sy);
      else copy(context, sprite, Math.round(sx), Math.round(sy));
    });
  }

  /** A seat once drawn is copied from then on. */
  #sprite(color: string, accessible: boolean, size: number, number: string): Cell {
    const key = `${color}${accessible}${size} ${number}`;
    const found = this.#sprites.get(key);
    if (found) return found;
    if (this.#sheets.pixels > SPRITE_PIXELS_MAX) {
      this.#sprites.clear();
      this.#sheets.clear();
    }
    const side = Math.ceil(size) + 2;
    const cell = this.#sheets.cell(side, side);
    const { context } = cell;
    const [x, y] = [side / 2, cell.y + side / 2];
    context.fillStyle = color;
    context.beginPath();
    if (accessible) context.roundRect(x - size / 2, y - size / 2, size, size, size / 6);
    else context.arc(x, y, size / 2, 0, 7);
    context.fill();
    if (number) {
      context.font = `600 ${Math.round(size * 0.42)}px ${this.font}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = inkOn(color);
      context.fillText(number, x, y + 0.5);
    }
    this.#sprites.set(key, cell);
    return cell;
  }

  #rowNames(context: CanvasRenderingContext2D, { scale, left, top }: Piece, box: Box): void {
    let ready = false;
    for (const { name, x, y } of this.#names) {
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      if (!ready) {
        context.font = `700 ${Math.round(this.geometry.pitch * scale * 0.36)}px ${this.font}`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillStyle = this.colors.muted;
        ready = true;
      }
      context.fillText(name, x * scale - left, y * scale - top);
    }
  }
}

/** Where the name of each row stands: before its first seat, beyond the edge of the section. */
function namesOf({ plan, pitch, x, y }: Geometry): { name: string; x: number; y: number }[] {
  return plan.rows.filter(({ seats }) => seats > 0).map(({ name, first_seat: first, seats: count }) => {
    const step = count > 1 ? { x: x[first + 1]! - x[first]!, y: y[first + 1]! - y[first]! } : { x: pitch, y: 0 };
    const far = (pitch * 1.15) / Math.max(Math.hypot(step.x, step.y), pitch / 100);
    return { name, x: x[first]! - step.x * far, y: y[first]! - step.y * far };
  });
}

interface Box { left: number; top: number; right: number; bottom: number }
