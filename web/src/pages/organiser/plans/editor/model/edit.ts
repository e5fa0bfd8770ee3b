// Every way to change a plan. Each gives a new one; blocks and rows that stay the same are the same objects.

import { boxOfAll, middle, turned } from "./geometry";
import { build, rebuilt, type DEFAULT_GRID } from "./grid";
import { rowNames, seatNumbers, type RowNaming, type SeatNumbering } from "./naming";
import {
  colorAt, freshId, MAX, things, type Area, type Block, type Decoration, type Grid, type Level, type Plan, type Row, type Seat, type Thing,
} from "./plan";

type Ids = ReadonlySet<string>;
type Marks = Partial<Pick<Seat, "level" | "accessible" | "blocked">>;

const round = (value: number): number => Math.round(value * 100) / 100;

export function drawnBlock(name: string, x: number, y: number, grid: typeof DEFAULT_GRID, level: string): Block {
  const id = freshId();
  return { kind: "block", id, name, x: round(x), y: round(y), rotation: 0, rows: build(grid, id, level), grid };
}

export function add(plan: Plan, thing: Thing): Plan {
  switch (thing.kind) {
    case "block": return { ...plan, blocks: [...plan.blocks, thing] };
    case "area": return { ...plan, areas: [...plan.areas, thing] };
    case "decoration": return { ...plan, decorations: [...plan.decorations, thing] };
  }
}

/** Changes the things with these ids. */
export function change(plan: Plan, ids: Ids, how: <T extends Thing>(thing: T) => T): Plan {
  const each = <T extends Thing>(some: readonly T[]): readonly T[] =>
    some.some(({ id }) => ids.has(id)) ? some.map((thing) => (ids.has(thing.id) ? how(thing) : thing)) : some;
  return { ...plan, blocks: each(plan.blocks), areas: each(plan.areas), decorations: each(plan.decorations) };
}

export const changeBlock = (plan: Plan, id: string, how: (block: Block) => Block): Plan =>
  ({ ...plan, blocks: plan.blocks.map((block) => (block.id === id ? how(block) : block)) });
export const changeArea = (plan: Plan, id: string, patch: Partial<Area>): Plan =>
  ({ ...plan, areas: plan.areas.map((area) => (area.id === id ? { ...area, ...patch } : area)) });
export const changeDecoration = (plan: Plan, id: string, patch: Partial<Decoration>): Plan =>
  ({ ...plan, decorations: plan.decorations.map((one) => (one.id === id ? { ...one, ...patch } : one)) });

export const rename = (plan: Plan, ids: Ids, name: string): Plan => change(plan, ids, (thing) => ({ ...thing, name }));

export const move = (plan: Plan, ids: Ids, dx: number, dy: number): Plan =>
  change(plan, ids, (thing) => ({ ...thing, x: round(thing.x + dx), y: round(thing.y + dy) }));

/** Turns things around their common middle. Counted areas stay upright: the server knows no others. */
export function rotate(plan: Plan, ids: Ids, degrees: number): Plan {
  const some = things(plan).filter(({ id }) => ids.has(id));
  const [only] = some;
  const centre = some.length === 1 && only ? only : middle(boxOfAll(some));
  return change(plan, ids, (thing) => {
    const { x, y } = turned(thing.x - centre.x, thing.y - centre.y, degrees);
    const moved = { ...thing, x: round(centre.x + x), y: round(centre.y + y) };
    return thing.kind === "area" ? moved : { ...moved, rotation: normal(thing.rotation + degrees) };
  });
}

/** Degrees from -180 to 180. */
export const normal = (degrees: number): number => round(((((degrees + 180) % 360) + 360) % 360) - 180);

/** Copies beside the originals, and the ids of the copies. */
export function duplicate(plan: Plan, ids: Ids): { plan: Plan; ids: Set<string> } {
  const originals = things(plan).filter(({ id }) => ids.has(id));
  const box = boxOfAll(originals);
  const [dx, dy] = [round(box.right - box.left + 60), 0];
  const names = new Set(things(plan).map(({ name }) => name));
  const copies = originals.map((thing) => {
    const name = nextName(thing.name, names);
    names.add(name);
    return copied(thing, { name, x: round(thing.x + dx), y: round(thing.y + dy) });
  });
  return { plan: copies.reduce(add, plan), ids: new Set(copies.map(({ id }) => id)) };
}

function copied(thing: Thing, moved: { name: string; x: number; y: number }): Thing {
  const id = freshId();
  if (thing.kind !== "block") return { ...thing, ...moved, id };
  const rows = thing.rows.map((row, r): Row => ({
    ...row, rank: null, seats: row.seats.map((seat, s) => ({ ...seat, guid: `${id}-${thing.grid ? place(seat.guid) : `${r + 1}-${s + 1}`}` })),
  }));
  return { ...thing, ...moved, id, rows };
}

/** Row and place of a seat of a drawn block, the end of its guid. */
const place = (guid: string): string => guid.split("-").slice(-2).join("-");

/** "Block 7" after "Block 6", "Stalls 2" after "Stalls". */
export function nextName(name: string, taken: ReadonlySet<string>): string {
  const [, stem = name, digits] = /^(.*?)(\d+)$/.exec(name) ?? [];
  for (let number = digits ? Number(digits) + 1 : 2; ; number += 1) {
    const next = digits ? `${stem}${number}` : `${name} ${number}`;
    if (!taken.has(next)) return next;
  }
}

export function remove(plan: Plan, ids: Ids): Plan {
  const stays = ({ id }: Thing): boolean => !ids.has(id);
  return { ...plan, blocks: plan.blocks.filter(stays), areas: plan.areas.filter(stays), decorations: plan.decorations.filter(stays) };
}

export const regrid = (plan: Plan, id: string, patch: Partial<Grid>): Plan => changeBlock(plan, id, (block) =>
  block.grid ? rebuilt(block, { ...block.grid, ...patch }, plan.levels[0]?.id ?? "") : block);

/** Names the rows of a block anew, also of one from a file. */
export function nameRows(plan: Plan, id: string, naming: RowNaming): Plan {
  return changeBlock(plan, id, (block) => {
    const names = rowNames(block.rows.length, naming);
    return { ...block, grid: block.grid && { ...block.grid, rowNames: naming }, rows: block.rows.map((row, index) => ({ ...row, name: names[index] ?? row.name })) };
  });
}

/** Numbers the seats of a block anew, also of one from a file. */
export function numberSeats(plan: Plan, id: string, numbering: SeatNumbering): Plan {
  return changeBlock(plan, id, (block) => ({
    ...block, grid: block.grid && { ...block.grid, seatNumbers: numbering },
    rows: block.rows.map((row) => {
      const numbers = seatNumbers(row.seats.length, numbering);
      return { ...row, seats: row.seats.map((seat, index) => ({ ...seat, number: numbers[index] ?? seat.number })) };
    }),
  }));
}

/** Changes seats wherever they are. */
export function markSeats(plan: Plan, guids: Ids, marks: Marks): Plan {
  return eachRow(plan, (row) => {
    if (!row.seats.some((seat) => guids.has(seat.guid))) return row;
    return { ...row, seats: row.seats.map((seat) => (guids.has(seat.guid) ? { ...seat, ...marks } : seat)) };
  });
}

/** Changes all seats of blocks, and the price level of areas. */
export function markThings(plan: Plan, ids: Ids, marks: Marks): Plan {
  const { level } = marks;
  const blocks = plan.blocks.map((block) => (ids.has(block.id)
    ? { ...block, rows: block.rows.map((row) => ({ ...row, seats: row.seats.map((seat) => ({ ...seat, ...marks })) })) }
    : block));
  const areas = level === undefined ? plan.areas : plan.areas.map((area) => (ids.has(area.id) ? { ...area, level } : area));
  return { ...plan, blocks, areas };
}

/** Takes seats away; a drawn block remembers the gaps. Blocks and rows without a seat go as well. */
export function removeSeats(plan: Plan, guids: Ids): Plan {
  const blocks = plan.blocks.map((block) => {
    const lost = block.rows.flatMap((row) => row.seats.filter((seat) => guids.has(seat.guid)));
    if (lost.length === 0) return block;
    if (!block.grid) return { ...block, rows: without(block.rows, guids) };
    const missing = lost.map(({ guid }) => place(guid).split("-").map((number) => Number(number) - 1).join(":"));
    return rebuilt(block, { ...block.grid, missing: [...block.grid.missing, ...missing] }, plan.levels[0]?.id ?? "");
  });
  return { ...plan, blocks: blocks.filter((block) => block.rows.some((row) => row.seats.length > 0)) };
}

const without = (rows: readonly Row[], guids: Ids): Row[] =>
  rows.map((row) => ({ ...row, seats: row.seats.filter((seat) => !guids.has(seat.guid)) })).filter((row) => row.seats.length > 0);

function eachRow(plan: Plan, how: (row: Row) => Row): Plan {
  const blocks = plan.blocks.map((block) => {
    const rows = block.rows.map(how);
    return rows.some((row, index) => row !== block.rows[index]) ? { ...block, rows } : block;
  });
  return { ...plan, blocks };
}

export function addLevel(plan: Plan, name: string): Plan {
  if (plan.levels.length >= MAX.levels) return plan;
  const used = new Set(plan.levels.map(({ color }) => color));
  const free = Array.from({ length: 12 }, (_, index) => colorAt(index)).find((color) => !used.has(color));
  return { ...plan, levels: [...plan.levels, { id: freshId(), name, color: free ?? colorAt(plan.levels.length) }] };
}

export const changeLevel = (plan: Plan, id: string, patch: Partial<Level>): Plan =>
  ({ ...plan, levels: plan.levels.map((level) => (level.id === id ? { ...level, ...patch } : level)) });

export function moveLevel(plan: Plan, id: string, by: 1 | -1): Plan {
  const from = plan.levels.findIndex((level) => level.id === id);
  const to = from + by;
  const [one, other] = [plan.levels[from], plan.levels[to]];
  if (!one || !other) return plan;
  return { ...plan, levels: plan.levels.map((level, index) => (index === from ? other : index === to ? one : level)) };
}

/** Takes a level away; its places get the first one that is left. */
export function removeLevel(plan: Plan, id: string): Plan {
  const levels = plan.levels.filter((level) => level.id !== id);
  const heir = levels[0];
  if (!heir) return plan;
  const rows = eachRow(plan, (row) => (row.seats.some((seat) => seat.level === id)
    ? { ...row, seats: row.seats.map((seat) => (seat.level === id ? { ...seat, level: heir.id } : seat)) } : row));
  return { ...rows, levels, areas: plan.areas.map((area) => (area.level === id ? { ...area, level: heir.id } : area)) };
}
