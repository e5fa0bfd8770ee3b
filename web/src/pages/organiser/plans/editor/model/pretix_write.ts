// A plan as a pretix seating-plan file, with the extra members that the server reads (`onsale`, `rank`, `accessible`,
// `blocked`).

import { boxOf, boxOfAll, isSomewhere, middle, pitchOf, place, turned, type Box } from "./geometry";
import { things, type Area, type Block, type Decoration, type Plan, type Point } from "./plan";

export interface PretixSeat {
  seat_guid: string; seat_number: string; position: Point; category: string; accessible?: true; blocked?: true;
}
export interface PretixRow { row_number: string; position: Point; rank?: number; seats: PretixSeat[] }
export interface PretixArea {
  shape: string; position: Point; rotation: number; color: string; border_color: string;
  rectangle?: { width: number; height: number }; ellipse?: { radius: Point }; polygon?: { points: Point[] };
  text?: { position: Point; color: string; size: number; text: string };
  onsale?: { capacity: number; category: string; name: string };
}
export interface PretixZone { name: string; zone_id: string; position: Point; rows: PretixRow[]; areas: PretixArea[] }
export interface PretixPlan {
  name: string; size: { width: number; height: number }; categories: { name: string; color: string }[]; zones: PretixZone[];
}

const MARGIN = 60;
const at = (x: number, y: number): Point => ({ x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 });

/** Zones are the blocks in their order; a last one holds the areas, then the decorations: `target` relies on it. */
export function write(plan: Plan): PretixPlan {
  const all = boxOfAll(things(plan));
  const box: Box = isSomewhere(all) ? all : { left: 0, top: 0, right: 0, bottom: 0 };
  // Only what lies outside of the sheet moves it.
  const shift = { x: Math.max(Math.ceil(MARGIN - box.left), 0), y: Math.max(Math.ceil(MARGIN - box.top), 0) };
  const ranks = plan.ranking === "near" ? nearest(plan) : null;
  const names = new Map(plan.levels.map(({ id, name }) => [id, name]));
  const zones = plan.blocks.map((block) => zone(block, shift, names, ranks));
  const shapes = [...plan.areas.map((area) => counted(area, shift, names)), ...plan.decorations.map((one) => drawn(one, shift))];
  if (shapes.length > 0) zones.push({ name: "", zone_id: "areas", position: at(0, 0), rows: [], areas: shapes });
  return {
    name: plan.name,
    size: {
      width: Math.max(plan.width, Math.ceil(box.right + shift.x + MARGIN)), height: Math.max(plan.height, Math.ceil(box.bottom + shift.y + MARGIN)),
    },
    categories: plan.levels.map(({ name, color }) => ({ name, color })),
    zones,
  };
}

function zone(block: Block, shift: Point, names: ReadonlyMap<string, string>, ranks: ReadonlyMap<unknown, number> | null): PretixZone {
  const { x, y } = at(block.x + shift.x, block.y + shift.y);
  const rows = block.rows.map((row): PretixRow => {
    const rank = ranks ? ranks.get(row) : row.rank;
    const seats = row.seats.map((seat): PretixSeat => ({
      seat_guid: seat.guid, seat_number: seat.number, category: names.get(seat.level) ?? "",
      position: block.rotation === 0 ? at(seat.x, seat.y) : at(...pair(turned(seat.x, seat.y, block.rotation))),
      ...(seat.accessible && { accessible: true }), ...(seat.blocked && { blocked: true }),
    }));
    return { row_number: row.name, position: at(0, 0), ...(rank !== null && rank !== undefined && { rank }), seats };
  });
  return { name: block.name, zone_id: block.id, position: { x, y }, rows, areas: [] };
}

const pair = ({ x, y }: Point): [number, number] => [x, y];

function counted(area: Area, shift: Point, names: ReadonlyMap<string, string>): PretixArea {
  return {
    shape: "rectangle", position: at(area.x - area.width / 2 + shift.x, area.y - area.height / 2 + shift.y), rotation: 0,
    rectangle: { width: area.width, height: area.height }, color: "#e3e4e9", border_color: "#8a8d99", ...words(area.name, area.width / 2, area.height / 2),
    onsale: { capacity: area.capacity, category: names.get(area.level) ?? "", name: area.name },
  };
}

function drawn(one: Decoration, shift: Point): PretixArea {
  const { x, y } = { x: one.x + shift.x, y: one.y + shift.y };
  const look = { rotation: one.rotation, color: one.color, border_color: "#8a8d99" };
  switch (one.shape) {
    // pretix turns a rectangle around its corner.
    case "rectangle": {
      const corner = turned(-one.width / 2, -one.height / 2, one.rotation);
      return {
        shape: "rectangle", position: at(x + corner.x, y + corner.y), ...look, rectangle: { width: one.width, height: one.height },
        ...words(one.name, one.width / 2, one.height / 2),
      };
    }
    case "ellipse": return { shape: "ellipse", position: at(x, y), ...look, ellipse: { radius: at(one.width / 2, one.height / 2) }, ...words(one.name, 0, 0) };
    case "polygon": return { shape: "polygon", position: at(x, y), ...look, polygon: { points: one.points.map((point) => at(point.x, point.y)) }, ...words(one.name, 0, 0) };
    case "text": return { shape: "text", position: at(x, y), ...look, ...words(one.name, 0, 0) };
  }
}

const words = (text: string, x: number, y: number): { text?: NonNullable<PretixArea["text"]> } =>
  text.trim() === "" ? {} : { text: { position: at(x, y), color: "#15161b", size: 24, text } };

/** Rows by their distance to the stage: to the first decoration, or without one to the middle of the upper edge. */
function nearest(plan: Plan): Map<unknown, number> {
  const hall = boxOfAll([...plan.blocks, ...plan.areas]);
  const stage = plan.decorations[0];
  const focus = stage ? middle(boxOf(stage)) : { x: (hall.left + hall.right) / 2, y: hall.top };
  const far = plan.blocks.flatMap((block) => {
    const { points } = place(block);
    // A row a little nearer by less than half a seat is no better.
    const unit = pitchOf(block) / 2;
    let first = 0;
    return block.rows.map((row) => {
      const seat = Math.min(first + (row.seats.length >> 1), points.length / 2 - 1);
      first += row.seats.length;
      return { row, distance: Math.round(Math.hypot((points[2 * seat] ?? 0) - focus.x, (points[2 * seat + 1] ?? 0) - focus.y) / unit) * unit };
    });
  });
  far.sort((a, b) => a.distance - b.distance);
  return new Map(far.map(({ row }, rank) => [row, rank]));
}

/** What a JSON pointer of the server into the file that `write` made is about. */
export function target(plan: Plan, pointer: string): { ids: string[]; guids: string[] } {
  const [, first, zoneAt, kind, itemAt, , seatAt] = pointer.split("/");
  if (first !== "zones") return { ids: [], guids: [] };
  const block = plan.blocks[Number(zoneAt)];
  if (block) {
    const row = kind === "rows" ? block.rows[Number(itemAt)] : undefined;
    const seat = seatAt === undefined ? undefined : row?.seats[Number(seatAt)];
    if (seat) return { ids: [], guids: [seat.guid] };
    return row ? { ids: [], guids: row.seats.map(({ guid }) => guid) } : { ids: [block.id], guids: [] };
  }
  const shape = [...plan.areas, ...plan.decorations][Number(itemAt)];
  return { ids: shape ? [shape.id] : [], guids: [] };
}
