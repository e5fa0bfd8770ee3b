// Draws a piece of the hall that one chooses seats in: sections, areas, free seats in the colour of their price.

import { inkOn } from "../colors";
import { drawDecorations } from "../decor";
import { passes } from "../filter";
import type { Geometry, Section } from "../geometry";
import { blockColor, SEATS_FROM_PX, type Shades } from "../look";
import type { Piece } from "../piece";
import { copy, Sheets, type Cell } from "../sheets";
import { FREE } from "../states";

type Context = OffscreenCanvasRenderingContext2D;

/** What changes while seats are sold. */
export interface Stand {
  /** Of every seat; 0 is free. */
  states: Uint8Array;
  /** Of every area, whether nothing is left there. */
  gone: readonly boolean[];
}

const NAMES_FROM_PX = 17; // seats this large carry their numbers
const SHAPES_FROM_PX = 5;
const SPRITE_PIXELS_MAX = 4_000_000;
const SNAP_FROM_PX = 9; // from here on a seat sits on whole pixels

export class Painter {
  readonly #sprites = new Map<string, Cell>();
  readonly #sheets = new Sheets();
  readonly #names: { name: string; x: number; y: number }[];
  readonly #paths = new Map<number, Path2D>();
  /** Whether a section has several prices, by its index. */
  readonly #several: boolean[] = [];

  constructor(readonly geometry: Geometry, public shades: Shades, public stand: Stand) {
    this.#names = namesOf(geometry);
    for (const { index, level } of geometry.sections) this.#several[index] = level === null;
  }

  /** Draws what is in the piece; `within` (of the piece) is all that changes. */
  paint(context: Context, piece: Piece, within: { left: number; top: number; width: number; height: number }): void {
    context.save();
    context.beginPath();
    context.rect(within.left, within.top, within.width, within.height);
    context.clip();
    context.fillStyle = this.shades.colors.ground;
    context.fillRect(within.left, within.top, within.width, within.height);
    const { scale } = piece;
    const pitch = this.geometry.pitch;
    const box = {
      left: (piece.left + within.left) / scale - pitch, top: (piece.top + within.top) / scale - pitch,
      right: (piece.left + within.left + within.width) / scale + pitch, bottom: (piece.top + within.top + within.height) / scale + pitch,
    };
    drawDecorations(context, this.geometry.plan.decorations ?? [], piece, this.shades.colors, pitch, this.shades.font);
    this.#sections(context, piece, box);
    this.#areas(context, piece);
    this.#seats(context, piece, box);
    if (pitch * scale >= NAMES_FROM_PX * piece.ratio) this.#rowNames(context, piece, box);
    context.restore();
  }

  #sections(context: Context, { scale, left, top, ratio }: Piece, box: Box): void {
    const pitch = this.geometry.pitch;
    context.setTransform(scale, 0, 0, scale, -left, -top);
    context.lineWidth = ratio / scale;
    context.strokeStyle = this.shades.colors.rule;
    for (const section of this.geometry.sections) {
      if (section.left > box.right + pitch || section.left + section.width < box.left - pitch) continue;
      if (section.top > box.bottom + pitch || section.top + section.height < box.top - pitch) continue;
      const path = this.#path(section);
      context.fillStyle = blockColor(this.shades, section, (pitch * scale) / ratio) ?? this.shades.colors.card;
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

  #areas(context: Context, { scale, left, top, ratio }: Piece): void {
    this.geometry.plan.areas.forEach((area, index) => {
      const gone = this.stand.gone[index] === true;
      const faded = (this.shades.filter.level !== null && this.shades.filter.level !== area.level) || this.shades.filter.accessible;
      context.fillStyle = gone || faded ? this.shades.colors.area : this.shades.levels.get(area.level) ?? this.shades.colors.muted;
      context.beginPath();
      context.roundRect(area.x * scale - left, area.y * scale - top, area.width * scale, area.height * scale, 8 * ratio);
      context.fill();
    });
  }

  #seats(context: Context, { scale, left, top, ratio }: Piece, box: Box): void {
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
      const free = this.stand.states[seat] === FREE;
      const offered = free && passes(this.shades.filter, plan, seat);
      const color = offered ? this.shades.levels.get(levels[seat]!) ?? this.shades.colors.muted : free ? this.shades.colors.area : this.shades.colors["seat-taken"];
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
      context.font = `600 ${Math.round(size * 0.42)}px ${this.shades.font}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = inkOn(color);
      context.fillText(number, x, y + 0.5);
    }
    this.#sprites.set(key, cell);
    return cell;
  }

  #rowNames(context: Context, { scale, left, top }: Piece, box: Box): void {
    let ready = false;
    for (const { name, x, y } of this.#names) {
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      if (!ready) {
        context.font = `700 ${Math.round(this.geometry.pitch * scale * 0.36)}px ${this.shades.font}`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillStyle = this.shades.colors.muted;
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
