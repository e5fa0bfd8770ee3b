// A hall while it is drawn: blocks of rows, counted areas, what is only drawn. Never changed in place, so that
// every step can be kept for undo at the price of what changed.

import type { RowNaming, SeatNumbering } from "./naming";

export interface Point { readonly x: number; readonly y: number }

export interface Level { readonly id: string; readonly name: string; readonly color: string }

/** A numbered seat; its position is relative to the middle of its block, before the block is turned. */
export interface Seat {
  readonly guid: string;
  readonly number: string;
  readonly x: number;
  readonly y: number;
  readonly level: string;
  readonly accessible: boolean;
  /** To be taken out of the sale when it is made. */
  readonly blocked: boolean;
}

export interface Row { readonly name: string; readonly rank: number | null; readonly seats: readonly Seat[] }

/** What a drawn block is made from; see `build` in grid.ts. */
export interface Grid {
  readonly rows: number;
  /** Seats in the first row. */
  readonly seats: number;
  /** How many more each further row has. */
  readonly growth: number;
  readonly seatGap: number;
  readonly rowGap: number;
  /** Degrees that the widest row bends; above zero its ends come forward. */
  readonly curve: number;
  /** Degrees that the side of the block leans. */
  readonly skew: number;
  /** Counted from the left: an aisle follows these seats. */
  readonly aisles: readonly number[];
  readonly rowNames: RowNaming;
  readonly seatNumbers: SeatNumbering;
  /** Places left out, as `row:seat` from zero. */
  readonly missing: readonly string[];
}

export interface Block {
  readonly kind: "block";
  readonly id: string;
  /** The section on the ticket. */
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Clockwise, in degrees. */
  readonly rotation: number;
  readonly rows: readonly Row[];
  /** Null where the seats came from a file as they are. */
  readonly grid: Grid | null;
}

/** People counted, not seated; `x`, `y` is its middle. */
export interface Area {
  readonly kind: "area";
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly level: string;
  readonly capacity: number;
}

/** The stage, the bar, words: only drawn. `x`, `y` is its middle, and `points` are relative to it. */
export interface Decoration {
  readonly kind: "decoration";
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  readonly shape: "rectangle" | "ellipse" | "polygon" | "text";
  readonly points: readonly Point[];
  readonly color: string;
}

export type Thing = Block | Area | Decoration;

export interface Plan {
  readonly name: string;
  /** At least this large, as the file said. */
  readonly width: number;
  readonly height: number;
  readonly levels: readonly Level[];
  readonly blocks: readonly Block[];
  readonly areas: readonly Area[];
  readonly decorations: readonly Decoration[];
  /** Which rows are sold first as the best: those nearest to the stage, or as the file said. */
  readonly ranking: "near" | "kept";
}

/** The bounds of the server (`crates/domain/src/limits.rs`). */
export const MAX = {
  seats: 200_000, areas: 1_000, capacity: 1_000_000, rows: 20_000, sections: 1_000, rowSeats: 1_024, levels: 64,
  nameChars: 200, coordinate: 1_000_000,
} as const;

export const SEAT_GAP = 24;
export const ROW_GAP = 30;

/** Told apart by people with any colour vision (after Okabe and Ito, and Tol). Names: `editor.color.*`. */
export const PALETTE = [
  ["blue", "#0072b2"], ["orange", "#e69f00"], ["green", "#009e73"], ["pink", "#cc79a7"], ["sky", "#56b4e9"],
  ["vermilion", "#d55e00"], ["yellow", "#f0e442"], ["grey", "#7f7f7f"], ["indigo", "#332288"], ["wine", "#882255"],
  ["teal", "#44aa99"], ["olive", "#999933"],
] as const;

export const colorAt = (index: number): string => PALETTE[index % PALETTE.length]?.[1] ?? "#7f7f7f";

/** A name for a new thing that no other thing has, in this plan or in another. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `s${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function emptyPlan(name: string, levelName: string): Plan {
  return {
    name, width: 0, height: 0, levels: [{ id: freshId(), name: levelName, color: colorAt(0) }],
    blocks: [], areas: [], decorations: [], ranking: "near",
  };
}

export const things = (plan: Plan): Thing[] => [...plan.blocks, ...plan.areas, ...plan.decorations];

export const seatsIn = (block: Block): number => block.rows.reduce((sum, row) => sum + row.seats.length, 0);

/** Seats and people of all areas. */
export function capacity(plan: Plan): { seats: number; standing: number } {
  return {
    seats: plan.blocks.reduce((sum, block) => sum + seatsIn(block), 0),
    standing: plan.areas.reduce((sum, area) => sum + area.capacity, 0),
  };
}

/** Places by price level. */
export function placesByLevel(plan: Plan): Map<string, number> {
  const count = new Map<string, number>(plan.levels.map(({ id }) => [id, 0]));
  const add = (level: string, more: number): void => void count.set(level, (count.get(level) ?? 0) + more);
  for (const block of plan.blocks) for (const row of block.rows) for (const seat of row.seats) add(seat.level, 1);
  for (const area of plan.areas) add(area.level, area.capacity);
  return count;
}

export function blockedGuids(plan: Plan): string[] {
  return plan.blocks.flatMap((block) => block.rows.flatMap((row) => row.seats.filter((seat) => seat.blocked).map((seat) => seat.guid)));
}
