// Where things are on the map, in the plan's units: extent, size of a seat, sections, and what is under a point.

import type { Extent } from "./camera";
import { boxOf } from "./decor";
import { areaOf, outlineOf, type Outline, type Point } from "./outline";
import type { Plan } from "./plan";

/** A section that has seats. */
export interface Section extends Extent {
  index: number;
  name: string;
  outline: Outline;
  rows: number[];
  seats: number;
  /** The price level of all its seats; null if they have several. */
  level: number | null;
  accessible: number[];
  /** Which share of its extent it fills: what stands askew has less room for its name. */
  fill: number;
}

const MARGIN = 0.65; // around the seats of a section, in seats
const CLOSE = 0.1; // of all distances so many are less than the pitch
const CELL_SEATS = 3; // the side of a cell, in seats

/** Seats by squares of the plan: those of the square `keys[i]` begin at `starts[i]` of `seats`. */
interface Cells { keys: Float64Array<ArrayBuffer>; starts: Uint32Array<ArrayBuffer>; seats: Uint32Array<ArrayBuffer> }

/** What follows from a plan. */
export interface Measures { pitch: number; bounds: Extent; sections: Section[]; cells: Cells }

const keyOf = (column: number, row: number): number => column * 65_536 + row;

export function measure(plan: Plan): Measures {
  const pitch = pitchOf(plan);
  return { pitch, bounds: boundsOf(plan, pitch), sections: sectionsOf(plan, pitch), cells: cellsOf(plan, pitch * CELL_SEATS) };
}

/** Derived once per plan. */
export class Geometry {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly pitch: number;
  readonly bounds: Extent;
  readonly sections: Section[];
  readonly #cell: number;
  readonly #cells: Cells;
  readonly #cellAt: ReadonlyMap<number, number>;

  constructor(readonly plan: Plan, { pitch, bounds, sections, cells } = measure(plan)) {
    ({ x: this.x, y: this.y } = plan.seats.columns);
    [this.pitch, this.bounds, this.sections] = [pitch, bounds, sections];
    this.#cell = pitch * CELL_SEATS;
    this.#cells = cells;
    this.#cellAt = new Map(Array.from(cells.keys, (key, at) => [key, at]));
  }

  /** As it can be passed on to a worker. */
  get measures(): Measures {
    const { pitch, bounds, sections } = this;
    return { pitch, bounds, sections, cells: this.#cells };
  }

  #at(x: number): number { return Math.floor(x / this.#cell); }

  /** Calls with every seat whose middle is in a rectangle. */
  eachSeat(left: number, top: number, right: number, bottom: number, call: (seat: number) => void): void {
    const { starts, seats } = this.#cells;
    for (let column = this.#at(left); column <= this.#at(right); column += 1) {
      for (let row = this.#at(top); row <= this.#at(bottom); row += 1) {
        const cell = this.#cellAt.get(keyOf(column, row));
        if (cell === undefined) continue;
        for (let at = starts[cell]!; at < starts[cell + 1]!; at += 1) {
          const seat = seats[at]!;
          const [x, y] = [this.x[seat]!, this.y[seat]!];
          if (x >= left && x <= right && y >= top && y <= bottom) call(seat);
        }
      }
    }
  }

  /** The seat nearest to a point, within `reach` of it; -1 if there is none. */
  seatAt(x: number, y: number, reach: number): number {
    let nearest = -1;
    let distance = Math.min(reach, this.#cell * CELL_SEATS) ** 2;
    const near = Math.sqrt(distance);
    this.eachSeat(x - near, y - near, x + near, y + near, (seat) => {
      const found = (this.x[seat]! - x) ** 2 + (this.y[seat]! - y) ** 2;
      if (found >= distance) return;
      nearest = seat;
      distance = found;
    });
    return nearest;
  }

  /** The counted area at a point; -1 if there is none. */
  areaAt(x: number, y: number): number {
    return this.plan.areas.findIndex((area) => x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height);
  }

  /** The section of the seat nearest to a point. */
  sectionAt(x: number, y: number): Section | undefined {
    const seat = this.seatAt(x, y, this.pitch * 4);
    const row = this.plan.rows[this.plan.seats.columns.row[seat] ?? -1];
    return row && this.sections.find(({ index }) => index === row.section);
  }
}

/** The distance between neighbours of the closer rows, so that seats do not cover each other, nor aisles count. */
function pitchOf({ rows, seats: { columns: { x, y } } }: Plan): number {
  const distances: number[] = [];
  for (const { first_seat: first, seats: count } of rows) {
    for (let seat = first + 1; seat < first + count; seat += 1) {
      const distance = Math.hypot(x[seat]! - x[seat - 1]!, y[seat]! - y[seat - 1]!);
      if (distance > 0) distances.push(distance);
    }
  }
  return Float64Array.from(distances).sort()[Math.floor(distances.length * CLOSE)] ?? 10;
}

/** The least extent that has been covered. */
function extent(): { cover: (left: number, top: number, right: number, bottom: number) => void; get: () => Extent } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  return {
    cover(x0, y0, x1, y1) {
      [left, top, right, bottom] = [Math.min(left, x0), Math.min(top, y0), Math.max(right, x1), Math.max(bottom, y1)];
    },
    get: () => ({ left, top, width: right - left, height: bottom - top }),
  };
}

/** Around what is on sale, and what is drawn not too far from it. */
function boundsOf({ seats, areas, decorations = [] }: Plan, pitch: number): Extent {
  const all = extent();
  const { columns } = seats;
  columns.x.forEach((x, seat) => all.cover(x - pitch, columns.y[seat]! - pitch, x + pitch, columns.y[seat]! + pitch));
  for (const { x, y, width, height } of areas) all.cover(x - pitch / 2, y - pitch / 2, x + width + pitch / 2, y + height + pitch / 2);
  if (seats.length + areas.length === 0) return { left: 0, top: 0, width: 1, height: 1 };
  const { left, top, width, height } = all.get();
  const [right, bottom, far] = [left + width, top + height, Math.max(width, height) / 2];
  for (const box of decorations.map(boxOf)) {
    if (!box || box.right < left - far || box.left > right + far || box.bottom < top - far || box.top > bottom + far) continue;
    all.cover(Math.max(box.left, left - far), Math.max(box.top, top - far), Math.min(box.right, right + far), Math.min(box.bottom, bottom + far));
  }
  return all.get();
}

function sectionsOf({ sections, rows, seats }: Plan, pitch: number): Section[] {
  const { x, y, level, accessible } = seats.columns;
  return sections.flatMap(({ name }, index) => {
    const own = rows.flatMap(({ section, seats: count }, row) => (section === index && count > 0 ? [row] : []));
    if (own.length === 0) return [];
    const all = extent();
    const places: Point[][] = [];
    const wide: number[] = [];
    const levels = new Set<number>();
    for (const row of own) {
      const place: Point[] = [];
      for (let seat = rows[row]!.first_seat; seat < rows[row]!.first_seat + rows[row]!.seats; seat += 1) {
        all.cover(x[seat]!, y[seat]!, x[seat]!, y[seat]!);
        place.push({ x: x[seat]!, y: y[seat]! });
        levels.add(level[seat]!);
        if (accessible[seat] === 1) wide.push(seat);
      }
      places.push(place);
    }
    const outline = outlineOf(places, pitch * MARGIN);
    const { width, height } = all.get();
    const fill = Math.min(areaOf(outline) / Math.max((width + pitch) * (height + pitch), 1e-6), 1);
    const [first = null] = levels;
    const count = places.reduce((sum, place) => sum + place.length, 0);
    return [{ index, name, outline, fill, rows: own, seats: count, level: levels.size === 1 ? first : null, accessible: wide, ...all.get() }];
  });
}

function cellsOf({ seats: { columns: { x, y } } }: Plan, cell: number): Cells {
  const at = (value: number): number => Math.floor(value / cell);
  const keyed = Float64Array.from(x, (one, seat) => keyOf(at(one), at(y[seat]!)));
  const seats = Uint32Array.from(keyed, (_, seat) => seat).sort((one, other) => keyed[one]! - keyed[other]!);
  const starts = [...seats.keys()].filter((place) => place === 0 || keyed[seats[place]!] !== keyed[seats[place - 1]!]);
  return { keys: Float64Array.from(starts, (place) => keyed[seats[place]!]!), starts: Uint32Array.from([...starts, seats.length]), seats };
}
