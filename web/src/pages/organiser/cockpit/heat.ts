// How much of each section is sold, and the sections as shapes: rows drawn as thick lines, so that curves stay curves.

import type { components } from "../../../lib/contract";
import type { SeatChanges, Seats, Stock } from "../../../lib/live";

type Plan = components["schemas"]["PlanBody"];

/** Counts of free, held, sold, blocked. */
export type Counts = [free: number, held: number, sold: number, blocked: number];
export interface Zone { name: string; counts: Counts; share: number }

const POINTS_A_ROW_MAX = 10;
const SEATS_MEASURED = 64;

/** Follows the seats of a plan and counts them by section. */
export class Heat {
  version = -1;
  readonly #plan: Plan;
  readonly #states: Uint8Array;
  readonly #sectionOf: Uint32Array;
  readonly #counts: Counts[];
  #areas: Stock[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#states = new Uint8Array(plan.seats.length);
    this.#sectionOf = Uint32Array.from(plan.seats, ({ row }) => plan.rows[row]?.section ?? 0);
    this.#counts = plan.sections.map((): Counts => [0, 0, 0, 0]);
    for (const section of this.#sectionOf) this.#add(section, 0, 1);
  }

  /** All seats anew. */
  replace({ version, seats, areas }: Seats): void {
    const packed = atob(seats);
    for (let seat = 0; seat < this.#states.length; seat += 1) this.#set(seat, (packed.charCodeAt(seat >> 2) >> ((seat & 3) * 2)) & 3);
    [this.version, this.#areas] = [version, areas];
  }

  /** What changed; false if something before it was missed. */
  change({ from, version, changes, areas }: SeatChanges): boolean {
    if (version <= this.version) return true;
    if (from > this.version) return false;
    for (const [seat, state] of changes) this.#set(seat, state);
    [this.version, this.#areas] = [version, areas];
    return true;
  }

  /** Sections, then areas. */
  zones(): Zone[] {
    const sections = this.#plan.sections.map(({ name }, at) => zone(name, this.#counts[at] ?? [0, 0, 0, 0]));
    const areas = this.#plan.areas.map(({ name, capacity }, at) => {
      const { free, held, sold, blocked } = this.#areas[at] ?? { free: capacity, held: 0, sold: 0, blocked: 0 };
      return zone(name, [free, held, sold, blocked]);
    });
    return [...sections, ...areas];
  }

  #set(seat: number, state: number): void {
    const before = this.#states[seat];
    const section = this.#sectionOf[seat];
    if (before === undefined || section === undefined || before === state) return;
    this.#states[seat] = state;
    this.#add(section, before, -1);
    this.#add(section, state, 1);
  }

  #add(section: number, state: number, by: number): void {
    const counts = this.#counts[section];
    if (counts) counts[state] = (counts[state] ?? 0) + by;
  }
}

function zone(name: string, counts: Counts): Zone {
  const onSale = counts[0] + counts[1] + counts[2];
  return { name, counts, share: onSale === 0 ? 0 : counts[2] / onSale };
}

export interface Shape { path: string; x: number; y: number; span: number }
export interface Drawing { box: string; thickness: number; sections: Shape[] }

/** The sections of a plan as lines; `thickness` is how far rows are from each other. */
export function drawSections(plan: Plan): Drawing {
  const sections = plan.sections.map((): { path: string[]; xs: number[]; ys: number[] } => ({ path: [], xs: [], ys: [] }));
  for (const row of plan.rows) {
    const seats = plan.seats.slice(row.first_seat, row.first_seat + row.seats);
    const step = Math.max(1, Math.ceil((seats.length - 1) / (POINTS_A_ROW_MAX - 1)));
    const points = seats.filter((_, at) => at % step === 0 || at === seats.length - 1);
    const section = sections[row.section];
    if (!section || points.length === 0) continue;
    // A line of one point is drawn by its round ends.
    const [first] = points;
    const drawn = points.length === 1 && first ? [first, first] : points;
    section.path.push(`M${drawn.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`);
    section.xs.push(...points.map(({ x }) => x));
    section.ys.push(...points.map(({ y }) => y));
  }
  const thickness = rowDistance(plan);
  const shapes = sections.map(({ path, xs, ys }) => ({ path: path.join(""), x: middle(xs), y: middle(ys), span: range(xs) + thickness }));
  return { box: boxOf(plan, thickness), thickness, sections: shapes };
}

function boxOf(plan: Plan, margin: number): string {
  const xs = [...plan.seats.map(({ x }) => x), ...plan.areas.flatMap(({ x, width }) => [x, x + width])];
  const ys = [...plan.seats.map(({ y }) => y), ...plan.areas.flatMap(({ y, height }) => [y, y + height])];
  if (xs.length === 0) return `0 0 ${plan.width} ${plan.height}`;
  const [left, top] = [least(xs) - margin, least(ys) - margin];
  return [left, top, most(xs) + margin - left, most(ys) + margin - top].map((value) => value.toFixed(2)).join(" ");
}

/** The usual distance between rows, so that drawn rows touch; where no section has two, that between neighbours. */
function rowDistance(plan: Plan): number {
  const between = (one: { x: number; y: number } | undefined, other: { x: number; y: number } | undefined): number[] =>
    one && other ? [Math.hypot(one.x - other.x, one.y - other.y)] : [];
  const rows = plan.rows.flatMap((row, at) => {
    const next = plan.rows[at + 1];
    return next?.section === row.section ? between(plan.seats[row.first_seat], plan.seats[next.first_seat]) : [];
  });
  const seats = plan.seats.slice(0, SEATS_MEASURED).flatMap((seat, at) => (plan.seats[at + 1]?.row === seat.row ? between(seat, plan.seats[at + 1]) : []));
  const steps = (rows.length > 0 ? rows : seats).sort((one, other) => one - other);
  return steps[Math.floor(steps.length / 2)] || Math.max(plan.width, 10) / 50;
}

const least = (values: number[]): number => values.reduce((one, other) => Math.min(one, other), Infinity);
const most = (values: number[]): number => values.reduce((one, other) => Math.max(one, other), -Infinity);
const range = (values: number[]): number => (values.length === 0 ? 0 : most(values) - least(values));
const middle = (values: number[]): number => (values.length === 0 ? 0 : (most(values) + least(values)) / 2);
