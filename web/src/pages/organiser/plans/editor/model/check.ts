// What is wrong with a plan, or looks as if it were not meant.

import { pitchOf, place } from "./geometry";
import { MAX, capacity, placesByLevel, seatsIn, type Block, type Plan, type Seat } from "./plan";

/** The words are `editor.check.CODE`. An error keeps the plan from being saved. */
export interface Finding {
  readonly code: string;
  readonly error: boolean;
  readonly values: Readonly<Record<string, string | number>>;
  readonly ids: readonly string[];
  readonly guids: readonly string[];
}

/** Of one kind, so many are told. */
const SAME_MAX = 12;
/** Nearer than this share of the usual distance, two seats lie on one another. */
const TOO_NEAR = 0.55;

type Note = (code: string, values?: Finding["values"], where?: { ids?: readonly string[]; guids?: readonly string[] }) => void;

export function check(plan: Plan): Finding[] {
  const findings: Finding[] = [];
  const counts = new Map<string, number>();
  const note = (error: boolean): Note => (code, values = {}, { ids = [], guids = [] } = {}) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= SAME_MAX) findings.push({ code, error, values, ids, guids });
  };
  const [wrong, odd] = [note(true), note(false)];
  checkSize(plan, wrong);
  checkNames(plan, wrong, odd);
  checkLevels(plan, wrong, odd);
  checkWords(plan, wrong);
  checkOverlaps(plan, odd);
  for (const count of counts.values()) {
    if (count > SAME_MAX) findings.push({ code: "more", error: false, values: { count: count - SAME_MAX }, ids: [], guids: [] });
  }
  return findings.sort((a, b) => Number(b.error) - Number(a.error));
}

function checkSize(plan: Plan, wrong: Note): void {
  const { seats } = capacity(plan);
  if (seats === 0 && plan.areas.length === 0) wrong("empty");
  const rows = plan.blocks.reduce((sum, block) => sum + block.rows.length, 0);
  const bounds = [
    ["too_many_seats", seats, MAX.seats], ["too_many_rows", rows, MAX.rows], ["too_many_sections", plan.blocks.length, MAX.sections],
    ["too_many_areas", Math.max(plan.areas.length, plan.decorations.length), MAX.areas],
  ] as const;
  for (const [code, count, max] of bounds) if (count > max) wrong(code, { count, max });
  for (const block of plan.blocks) {
    const row = block.rows.find((one) => one.seats.length > MAX.rowSeats);
    if (row) wrong("row_too_long", { section: block.name, row: row.name, max: MAX.rowSeats }, { ids: [block.id] });
  }
}

function checkNames(plan: Plan, wrong: Note, odd: Note): void {
  if (plan.name.trim() === "") wrong("plan_unnamed");
  const sections = new Map<string, Block>();
  for (const block of plan.blocks) {
    const name = block.name.trim();
    if (name === "") wrong("section_unnamed", {}, { ids: [block.id] });
    const other = sections.get(name);
    if (other && name) odd("section_twice", { section: name }, { ids: [other.id, block.id] });
    sections.set(name, block);
    const row = block.rows.find((one) => one.name.trim() === "");
    if (row) wrong("row_unnamed", { section: name }, { guids: row.seats.map(({ guid }) => guid) });
  }
  for (const area of plan.areas) {
    if (area.name.trim() === "") wrong("area_unnamed", {}, { ids: [area.id] });
    if (!Number.isInteger(area.capacity) || area.capacity < 1 || area.capacity > MAX.capacity) wrong("area_capacity", { area: area.name, max: MAX.capacity }, { ids: [area.id] });
  }
}

function checkLevels(plan: Plan, wrong: Note, odd: Note): void {
  const known = new Set(plan.levels.map(({ id }) => id));
  const names = new Set<string>();
  for (const { name } of plan.levels) {
    if (name.trim() === "") wrong("level_unnamed");
    else if (names.has(name.trim())) wrong("level_twice", { level: name.trim() });
    names.add(name.trim());
  }
  const places = placesByLevel(plan);
  for (const level of plan.levels) if (places.get(level.id) === 0) odd("level_empty", { level: level.name });
  for (const block of plan.blocks) {
    const lost = place(block).seats.filter((seat) => !known.has(seat.level));
    if (lost.length > 0) wrong("seat_without_level", { section: block.name, count: lost.length }, { guids: lost.map(({ guid }) => guid) });
  }
  for (const area of plan.areas) if (!known.has(area.level)) wrong("area_without_level", { area: area.name }, { ids: [area.id] });
}

/** Two tickets that read the same would send two people to one seat. */
function checkWords(plan: Plan, wrong: Note): void {
  const words = new Map<string, Seat>();
  const guids = new Map<string, Seat>();
  for (const block of plan.blocks) {
    for (const row of block.rows) {
      for (const seat of row.seats) {
        if (seat.number.trim() === "") wrong("seat_unnamed", { section: block.name, row: row.name }, { guids: [seat.guid] });
        const text = `${block.name.trim()}\n${row.name.trim()}\n${seat.number.trim()}`;
        const first = words.get(text);
        if (first) wrong("seat_twice", { section: block.name, row: row.name, seat: seat.number }, { guids: [first.guid, seat.guid] });
        else words.set(text, seat);
        if (guids.has(seat.guid)) wrong("guid_twice", { guid: seat.guid }, { guids: [seat.guid] });
        else guids.set(seat.guid, seat);
      }
    }
  }
}

function checkOverlaps(plan: Plan, odd: Note): void {
  const near = Math.min(...plan.blocks.filter((block) => seatsIn(block) > 1).map(pitchOf), 1e6) * TOO_NEAR;
  const cells = new Map<number, { block: Block; seat: number; x: number; y: number }[]>();
  const pairs = new Map<string, { a: Block; b: Block; guids: Set<string> }>();
  const key = (column: number, row: number): number => column * 4_194_304 + row;
  for (const block of plan.blocks) {
    const { points, seats } = place(block);
    for (let index = 0; index < seats.length; index += 1) {
      const [x, y] = [points[2 * index] ?? 0, points[2 * index + 1] ?? 0];
      const [column, row] = [Math.floor(x / near), Math.floor(y / near)];
      for (let c = column - 1; c <= column + 1; c += 1) {
        for (let r = row - 1; r <= row + 1; r += 1) {
          for (const other of cells.get(key(c, r)) ?? []) {
            if (Math.hypot(other.x - x, other.y - y) >= near) continue;
            const name = `${other.block.id} ${block.id}`;
            const pair = pairs.get(name) ?? { a: other.block, b: block, guids: new Set() };
            pairs.set(name, pair);
            pair.guids.add(seats[index]?.guid ?? "").add(place(other.block).seats[other.seat]?.guid ?? "");
          }
        }
      }
      const cell = cells.get(key(column, row));
      const own = { block, seat: index, x, y };
      if (cell) cell.push(own);
      else cells.set(key(column, row), [own]);
    }
  }
  for (const { a, b, guids } of pairs.values()) {
    if (a === b) odd("overlap_within", { section: a.name, count: guids.size }, { guids: [...guids] });
    else odd("overlap", { one: a.name, other: b.name, count: guids.size }, { guids: [...guids] });
  }
}
