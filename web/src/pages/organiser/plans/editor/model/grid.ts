// The rows of a drawn block, from its numbers: spacing, curve, aisles, names.

import { rowNames, seatNumbers } from "./naming";
import { MAX, ROW_GAP, SEAT_GAP, type Block, type Grid, type Row, type Seat } from "./plan";

/** How much wider an aisle is than the usual distance. The server takes anything from 0.6 on as an aisle. */
const AISLE_SEATS = 1.2;

export const DEFAULT_GRID: Grid = {
  rows: 10, seats: 20, growth: 0, seatGap: SEAT_GAP, rowGap: ROW_GAP, curve: 0, skew: 0, aisles: [],
  rowNames: { scheme: "letters", from: "front", start: 1 }, seatNumbers: { scheme: "left", start: 1 }, missing: [],
};

/** What the numbers may be. */
export const BOUNDS = {
  rows: [1, 200], seats: [1, 500], growth: [-20, 20], seatGap: [6, 400], rowGap: [6, 400], curve: [-300, 300], skew: [-60, 60],
} as const satisfies Partial<Record<keyof Grid, readonly [number, number]>>;

export const seatsInRow = (grid: Grid, row: number): number =>
  Math.min(Math.max(grid.seats + grid.growth * row, 0), MAX.rowSeats);

/** Builds the rows. Seats that were there `before` keep their price level and marks. */
export function build(grid: Grid, id: string, level: string, before: readonly Row[] = []): Row[] {
  const kept = new Map(before.flatMap((row) => row.seats.map((seat) => [seat.guid, seat] as const)));
  const missing = new Set(grid.missing);
  const names = rowNames(grid.rows, grid.rowNames);
  const bend = bending(grid);
  return names.map((name, row) => {
    const places = placesAlong(grid, row);
    const there = places.map((_, seat) => seat).filter((seat) => !missing.has(`${row}:${seat}`));
    const numbers = seatNumbers(there.length, grid.seatNumbers);
    const seats = there.map((place, index): Seat => {
      const guid = `${id}-${row + 1}-${place + 1}`;
      const { level: own, accessible, blocked } = kept.get(guid) ?? { level, accessible: false, blocked: false };
      const { x, y } = bend(places[place] ?? 0, row);
      return { guid, number: numbers[index] ?? "", x, y, level: own, accessible, blocked };
    });
    return { name, rank: null, seats };
  });
}

/** Where the seats of a row are along it, from its middle. */
function placesAlong(grid: Grid, row: number): number[] {
  const count = seatsInRow(grid, row);
  // Aisles are counted in the first row, and go straight through the others.
  const shift = Math.floor((count - grid.seats) / 2);
  const along: number[] = [];
  let at = 0;
  for (let seat = 0; seat < count; seat += 1) {
    if (seat > 0) at += grid.seatGap * (grid.aisles.includes(seat - shift) ? 1 + AISLE_SEATS : 1);
    along.push(at);
  }
  return along.map((place) => place - at / 2);
}

/** From a place along a row to a point: rows are arcs around one middle, so they keep their distance. */
function bending(grid: Grid): (along: number, row: number) => { x: number; y: number } {
  const half = ((grid.rows - 1) * grid.rowGap) / 2;
  const lean = Math.tan((grid.skew * Math.PI) / 180);
  const angle = Math.abs((grid.curve * Math.PI) / 180);
  const rows = Array.from({ length: grid.rows }, (_, row) => placesAlong(grid, row));
  const widest = Math.max(...rows.map((places) => 2 * (places.at(-1) ?? 0)), 1);
  const radius = Math.max(widest / angle, half + grid.rowGap);
  const side = Math.sign(grid.curve);
  return (along, row) => {
    const depth = row * grid.rowGap - half;
    if (angle < 0.01) return rounded(along + depth * lean, depth);
    const own = radius + side * depth;
    const turn = along / own;
    return rounded(own * Math.sin(turn) + depth * lean, side * (own * Math.cos(turn) - radius));
  };
}

const rounded = (x: number, y: number): { x: number; y: number } => ({ x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 });

/** The block with other numbers. */
export function rebuilt(block: Block, grid: Grid, level: string): Block {
  return { ...block, grid, rows: build(grid, block.id, block.rows[0]?.seats[0]?.level ?? level, block.rows) };
}

/** The grid that fills a rectangle. */
export function gridFor(width: number, height: number, like: Grid = DEFAULT_GRID): Grid {
  const fit = (length: number, gap: number, [low, high]: readonly [number, number]): number =>
    Math.min(Math.max(Math.round(length / gap), low), high);
  return { ...like, seats: fit(width, like.seatGap, BOUNDS.seats), rows: fit(height, like.rowGap, BOUNDS.rows), missing: [], aisles: [] };
}
