// The shape of a section: along its first row, down the ends of the rows, back along its last row, up their beginnings.

export interface Point { x: number; y: number }
export type Outline = Point[];

const ROW_POINTS_MAX = 24; // enough for a curve

const MITER_MAX = 2;

/** `rows` from the first to the last, each from one end to the other; which end comes first does not matter. `margin` is the room around the seats. */
export function outlineOf(rows: Point[][], margin = 0): Outline {
  const aligned: Point[][] = [];
  for (const row of rows) {
    const before = aligned.at(-1);
    aligned.push(before && runsBack(before, row) ? row.toReversed() : row);
  }
  const [first, last] = [aligned[0], aligned.at(-1)];
  if (!first || !last) return [];
  if (aligned.length === 1) return strip(thin(first), margin);
  const between = aligned.slice(1, -1);
  const outline = [
    ...thin(first),
    ...between.map((row) => row.at(-1)!),
    ...thin(last).toReversed(),
    ...between.map((row) => row[0]!).toReversed(),
  ];
  return margin > 0 ? grown(outline, margin) : outline;
}

/** The direction to the left of the way from one point to another; null if they are the same. */
function normal(from: Point, to: Point): Point | null {
  const length = distance(from, to);
  return length > 0 ? { x: (to.y - from.y) / length, y: (from.x - to.x) / length } : null;
}

const moved = ({ x, y }: Point, by: Point, far: number): Point => ({ x: x + by.x * far, y: y + by.y * far });

/** Twice the area; negative when it runs the other way round. */
function turn(outline: Outline): number {
  return outline.reduce((sum, { x, y }, index) => {
    const next = outline[(index + 1) % outline.length]!;
    return sum + x * next.y - next.x * y;
  }, 0);
}

export const areaOf = (outline: Outline): number => Math.abs(turn(outline)) / 2;

/** Every corner moved outwards, so that every side is so far away from where it was. */
function grown(outline: Outline, margin: number): Outline {
  const at = (index: number): Point => outline[(index + outline.length) % outline.length]!;
  const out = turn(outline) >= 0 ? margin : -margin;
  return outline.flatMap((point, index) => {
    const [a, b] = [normal(at(index - 1), point), normal(point, at(index + 1))];
    const [one, other] = [a ?? b, b ?? a];
    if (!one || !other) return [];
    const [sum, reach] = [{ x: one.x + other.x, y: one.y + other.y }, 1 + one.x * other.x + one.y * other.y];
    return [moved(point, sum, out * Math.min(1 / Math.max(reach, 1e-6), MITER_MAX / Math.max(Math.hypot(sum.x, sum.y), 1e-6)))];
  });
}

/** A single row has two sides. */
function strip(row: Point[], margin: number): Outline {
  const [first, second, last] = [row[0]!, row[1] ?? { x: row[0]!.x + 1, y: row[0]!.y }, row.at(-1)!];
  const along = normal(first, second) ?? { x: 0, y: -1 };
  const ends = [moved(first, { x: along.y, y: -along.x }, margin), ...row, moved(last, { x: -along.y, y: along.x }, margin)];
  const side = (far: number): Point[] => ends.map((point, index) => moved(point, normal(ends[index - 1] ?? point, ends[index + 1] ?? point) ?? along, far));
  return [...side(margin), ...side(-margin).toReversed()];
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function runsBack(before: Point[], row: Point[]): boolean {
  const [a, b, c, d] = [before[0]!, before.at(-1)!, row[0]!, row.at(-1)!];
  return distance(a, c) + distance(b, d) > distance(a, d) + distance(b, c);
}

function thin(row: Point[]): Point[] {
  const step = Math.max(Math.ceil(row.length / ROW_POINTS_MAX), 1);
  return row.filter((_, at) => at % step === 0 || at === row.length - 1);
}
