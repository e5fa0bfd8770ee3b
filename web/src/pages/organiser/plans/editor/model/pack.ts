// A plan as a short text for the browser's storage: drawn blocks as their numbers, other seats as lists.

import { build } from "./grid";
import type { Block, Grid, Plan, Row, Seat } from "./plan";

const VERSION = 1;

type PackedSeat = [guid: string, number: string, x: number, y: number, mark: number];
interface PackedBlock extends Omit<Block, "rows" | "kind"> {
  /** Of a drawn block, one mark a seat. */
  marks?: number[];
  rows?: [name: string, rank: number | null, seats: PackedSeat[]][];
}
interface Packed extends Omit<Plan, "blocks"> { version: number; blocks: PackedBlock[] }

export function pack(plan: Plan): string {
  const index = new Map(plan.levels.map(({ id }, at) => [id, at + 1]));
  // Level, wheelchair and blocked in one number; level 0 is none that is known.
  const mark = (seat: Seat): number => (index.get(seat.level) ?? 0) * 4 + (seat.accessible ? 2 : 0) + (seat.blocked ? 1 : 0);
  const blocks = plan.blocks.map(({ kind: _, rows, ...rest }): PackedBlock => (rest.grid
    ? { ...rest, marks: rows.flatMap((row) => row.seats.map(mark)) }
    : { ...rest, rows: rows.map((row) => [row.name, row.rank, row.seats.map((seat) => [seat.guid, seat.number, seat.x, seat.y, mark(seat)])]) }));
  return JSON.stringify({ ...plan, blocks, version: VERSION } satisfies Packed);
}

/** Null if the text is none of ours. */
export function unpack(text: string): Plan | null {
  try {
    const { version, blocks, ...plan } = JSON.parse(text) as Packed;
    if (version !== VERSION) return null;
    const level = (mark: number): string => plan.levels[(mark >> 2) - 1]?.id ?? "";
    const marked = (mark: number): Pick<Seat, "level" | "accessible" | "blocked"> =>
      ({ level: level(mark), accessible: (mark & 2) > 0, blocked: (mark & 1) > 0 });
    return {
      ...plan,
      blocks: blocks.map(({ marks = [], rows = [], ...rest }): Block => ({
        ...rest, kind: "block",
        rows: rest.grid ? drawn(rest.id, rest.grid, marks, marked) : rows.map(([name, rank, seats]) => ({
          name, rank, seats: seats.map(([guid, number, x, y, mark]) => ({ guid, number, x, y, ...marked(mark) })),
        })),
      })),
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function drawn(id: string, grid: Grid, marks: readonly number[], marked: (mark: number) => Pick<Seat, "level" | "accessible" | "blocked">): Row[] {
  let next = 0;
  return build(grid, id, "").map((row) => ({ ...row, seats: row.seats.map((seat) => ({ ...seat, ...marked(marks[next++] ?? 0) })) }));
}
