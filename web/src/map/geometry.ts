// Where things are on the map, in the plan's units: extent, size of a seat, sections, and what is under a point.

import type { Extent } from "./camera";
import type { components } from "../lib/contract";
import { boxOf } from "./decor";
import { areaOf, outlineOf, type Outline } from "./outline";

export type Plan = components["schemas"]["PlanBody"];

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

/** Derived once per plan. */
export class Geometry {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly pitch: number;
  readonly bounds: Extent;
  readonly sections: Section[];
  readonly #cell: number;
  readonly #cells = new Map<number, number[]>();

  constructor(readonly plan: Plan) {
    this.x = Float32Array.from(plan.seats, ({ x }) => x);
    this.y = Float32Array.from(plan.seats, ({ y }) => y);
    this.pitch = pitchOf(plan);
    this.bounds = boundsOf(plan, this.pitch);
    this.sections = sectionsOf(plan, this.pitch);
    this.#cell = this.pitch * CELL_SEATS;
    plan.seats.forEach((_, seat) => {
      const key = this.#key(this.#at(this.x[seat]!), this.#at(this.y[seat]!));
      const cell = this.#cells.get(key);
      if (cell) cell.push(seat);
      else this.#cells.set(key, [seat]);
    });
  }

  #at(x: number): number { return Math.floor(x / this.#cell); }
  #key(column: number, row: number): number { return column * 65_536 + row; }

  /** Calls with every seat whose middle is in a rectangle. */
  eachSeat(left: number, top: number, right: number, bottom: number, call: (seat: number) => void): void {
    for (let column = this.#at(left); column <= this.#at(right); column += 1) {
      for (let row = this.#at(top); row <= this.#at(bottom); row += 1) {
        for (const seat of this.#cells.get(this.#key(column, row)) ?? []) {
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
    const row = this.plan.rows[this.plan.seats[seat]?.row ?? -1];
    return row && this.sections.find(({ index }) => index === row.section);
  }
}

/** The distance between neighbours of the closer rows, so that seats do not cover each other, nor aisles count. */
function pitchOf({ rows, seats }: Plan): number {
  const distances: number[] = [];
  for (const { first_seat: first, seats: count } of rows) {
    for (let seat = first + 1; seat < first + count; seat += 1) {
      const [a, b] = [seats[seat - 1]!, seats[seat]!];
      const distance = Math.hypot(b.x - a.x, b.y - a.y);
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
  for (const { x, y } of seats) all.cover(x - pitch, y - pitch, x + pitch, y + pitch);
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
  return sections.flatMap(({ name }, index) => {
    const own = rows.flatMap(({ section, seats: count }, row) => (section === index && count > 0 ? [row] : []));
    const places = own.map((row) => seats.slice(rows[row]!.first_seat, rows[row]!.first_seat + rows[row]!.seats));
    const [first] = places.flat();
    if (!first) return [];
    const all = extent();
    const accessible: number[] = [];
    let one = true;
    for (const row of own) {
      for (let seat = rows[row]!.first_seat; seat < rows[row]!.first_seat + rows[row]!.seats; seat += 1) {
        const { x, y, level, accessible: wide } = seats[seat]!;
        all.cover(x, y, x, y);
        one &&= level === first.level;
        if (wide) accessible.push(seat);
      }
    }
    const outline = outlineOf(places, pitch * MARGIN);
    const { width, height } = all.get();
    const fill = Math.min(areaOf(outline) / Math.max((width + pitch) * (height + pitch), 1e-6), 1);
    return [{ index, name, outline, fill, rows: own, seats: places.flat().length, level: one ? first.level : null, accessible, ...all.get() }];
  });
}
