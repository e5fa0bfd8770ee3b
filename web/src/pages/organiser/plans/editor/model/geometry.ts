// Where things are on the drawing: seats in its own coordinates, bounds, what is under a point or inside a lasso.

import { SEAT_GAP, type Block, type Plan, type Point, type Seat, type Thing } from "./plan";

export interface Box { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/** The seats of a block, one after the other, with their points as x, y, x, y. */
export interface Placed {
  readonly seats: readonly Seat[];
  /** Index of the row of each seat. */
  readonly rows: Uint16Array;
  readonly points: Float64Array;
  readonly box: Box;
}

const NOWHERE: Box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
const placed = new WeakMap<Block, Placed>();

export const around = (a: Box, b: Box): Box => ({
  left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
});

export const isSomewhere = (box: Box): boolean => box.left <= box.right;

export const middle = (box: Box): Point => ({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 });

export function turned(x: number, y: number, degrees: number): Point {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

/** Computed once for a block, which never changes. */
export function place(block: Block): Placed {
  let found = placed.get(block);
  if (!found) placed.set(block, (found = placeNow(block)));
  return found;
}

function placeNow(block: Block): Placed {
  const seats = block.rows.flatMap((row) => row.seats);
  const rows = new Uint16Array(seats.length);
  const points = new Float64Array(seats.length * 2);
  const [sin, cos] = [Math.sin((block.rotation * Math.PI) / 180), Math.cos((block.rotation * Math.PI) / 180)];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let at = 0;
  block.rows.forEach((row, index) => {
    for (const seat of row.seats) {
      const x = block.x + seat.x * cos - seat.y * sin;
      const y = block.y + seat.x * sin + seat.y * cos;
      rows[at] = index;
      points[2 * at] = x;
      points[2 * at + 1] = y;
      at += 1;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  });
  return { seats, rows, points, box: { left, top, right, bottom } };
}

/** The bounds of a thing; of a block, those of the middles of its seats. */
export function boxOf(thing: Thing): Box {
  if (thing.kind === "block") return place(thing).box;
  const rotation = thing.kind === "decoration" ? thing.rotation : 0;
  const corners = thing.kind === "decoration" && thing.shape === "polygon" ? thing.points : cornersOf(thing.width, thing.height);
  return corners.reduce<Box>((box, corner) => {
    const { x, y } = turned(corner.x, corner.y, rotation);
    return around(box, { left: thing.x + x, right: thing.x + x, top: thing.y + y, bottom: thing.y + y });
  }, NOWHERE);
}

export const cornersOf = (width: number, height: number): Point[] => [
  { x: -width / 2, y: -height / 2 }, { x: width / 2, y: -height / 2 }, { x: width / 2, y: height / 2 }, { x: -width / 2, y: height / 2 },
];

export const boxOfAll = (some: readonly Thing[]): Box => some.map(boxOf).filter(isSomewhere).reduce(around, NOWHERE);

const pitches = new WeakMap<Block, number>();

/** The usual distance between neighbours in a row of a block: the median, so that aisles do not count. */
export function pitchOf(block: Block): number {
  let found = pitches.get(block);
  if (found === undefined) {
    const distances = block.rows.flatMap(({ seats }) => seats.slice(1).map((seat, index) => {
      const before = seats[index] ?? seat;
      return Math.hypot(seat.x - before.x, seat.y - before.y);
    })).filter((distance) => distance > 0).sort((a, b) => a - b);
    pitches.set(block, (found = distances[distances.length >> 1] ?? SEAT_GAP));
  }
  return found;
}

/** The seat nearest to a point, within `reach` of it. */
export function seatAt(plan: Plan, x: number, y: number, reach: number): { block: Block; index: number } | null {
  let best: { block: Block; index: number } | null = null;
  let distance = reach * reach;
  for (const block of plan.blocks) {
    const { box, points } = place(block);
    if (x < box.left - reach || x > box.right + reach || y < box.top - reach || y > box.bottom + reach) continue;
    for (let at = 0; at < points.length; at += 2) {
      const [dx, dy] = [(points[at] ?? 0) - x, (points[at + 1] ?? 0) - y];
      if (dx * dx + dy * dy < distance) {
        distance = dx * dx + dy * dy;
        best = { block, index: at / 2 };
      }
    }
  }
  return best;
}

/** What is under a point: a block with a seat near it, else the uppermost shape, else a block around it. */
export function thingAt(plan: Plan, x: number, y: number, reach: number): Thing | null {
  const seat = seatAt(plan, x, y, reach);
  if (seat) return seat.block;
  const within = (thing: Thing): boolean => inBox(boxOf(thing), x, y);
  return plan.areas.findLast(within) ?? plan.decorations.findLast(within) ?? plan.blocks.findLast(within) ?? null;
}

export const inBox = (box: Box, x: number, y: number): boolean => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

const meet = (a: Box, b: Box): boolean => a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

/** The things that a rectangle touches. */
export const thingsIn = (some: readonly Thing[], box: Box): Thing[] => some.filter((thing) => meet(boxOf(thing), box));

/** The seats inside a line that was drawn around them. */
export function seatsInside(plan: Plan, line: readonly Point[]): string[] {
  if (line.length < 3) return [];
  const lasso = line.reduce<Box>((box, { x, y }) => around(box, { left: x, right: x, top: y, bottom: y }), NOWHERE);
  return plan.blocks.flatMap((block) => {
    const { box, seats, points } = place(block);
    if (!meet(box, lasso)) return [];
    return seats.filter((_, index) => {
      const [x, y] = [points[2 * index] ?? 0, points[2 * index + 1] ?? 0];
      return inBox(lasso, x, y) && inside(line, x, y);
    }).map((seat) => seat.guid);
  });
}

function inside(line: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  let before = line.at(-1) ?? { x: 0, y: 0 };
  for (const point of line) {
    const crosses = point.y > y !== before.y > y;
    if (crosses && x < ((before.x - point.x) * (y - point.y)) / (before.y - point.y) + point.x) odd = !odd;
    before = point;
  }
  return odd;
}
