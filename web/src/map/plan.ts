// A plan as the map needs it: each property of the seats is a column, so that a big hall can come from a worker without being copied.

import type { components } from "../lib/contract";

type Body = components["schemas"]["PlanBody"];

/** One seat, for who needs no more. */
export interface Seat { row: number; number: string; level: number; accessible: boolean; gap: boolean }

/** Of every seat, by its index. */
export interface SeatColumns {
  x: Float32Array<ArrayBuffer>;
  y: Float32Array<ArrayBuffer>;
  row: Uint32Array<ArrayBuffer>;
  level: Uint32Array<ArrayBuffer>;
  /** 1 where it is for people in wheelchairs. */
  accessible: Uint8Array<ArrayBuffer>;
  /** 1 where an aisle is before it. */
  gap: Uint8Array<ArrayBuffer>;
  /** What is written on them, a line each: one text is passed on faster than many. */
  numbers: string;
}

export interface Plan extends Omit<Body, "seats" | "price_levels"> { seats: Seats }

/** Seats by index, out of their columns. */
export class Seats {
  readonly length: number;
  #numbers: string[] | null = null;

  constructor(readonly columns: SeatColumns) {
    this.length = columns.row.length;
  }

  /** Undefined if there is no such seat. */
  at(seat: number): Seat | undefined {
    const { row, level, accessible, gap } = this.columns;
    if (!(seat >= 0 && seat < this.length)) return undefined;
    return { row: row[seat]!, number: this.number(seat), level: level[seat]!, accessible: accessible[seat] === 1, gap: gap[seat] === 1 };
  }

  number(seat: number): string {
    this.#numbers ??= this.columns.numbers.split("\n");
    return this.#numbers[seat] ?? "";
  }
}

export function columnsOf(seats: Body["seats"]): SeatColumns {
  return {
    x: Float32Array.from(seats, ({ x }) => x),
    y: Float32Array.from(seats, ({ y }) => y),
    row: Uint32Array.from(seats, ({ row }) => row),
    level: Uint32Array.from(seats, ({ level }) => level),
    accessible: Uint8Array.from(seats, ({ accessible }) => Number(accessible)),
    gap: Uint8Array.from(seats, ({ after_gap: gap }) => Number(gap)),
    numbers: seats.map(({ number }) => number.replaceAll("\n", " ")).join("\n"),
  };
}

/** The same plan with its seats in columns. */
export function planOf({ seats, price_levels: _, ...rest }: Body): Plan {
  return { ...rest, seats: new Seats(columnsOf(seats)) };
}
