// A pretix seating-plan file as a plan to draw on. Takes whatever can be taken, and says with a JSON pointer what
// could not: the server refuses such a file (`crates/catalog/src/pretix_plan`), here it can be mended.

import { turned } from "./geometry";
import {
  colorAt, freshId, MAX, type Area, type Block, type Decoration, type Level, type Plan, type Point, type Row, type Seat,
} from "./plan";

/** `code` as the server has it; the words are `editor.mistake.CODE`. */
export interface Mistake {
  readonly code: string;
  readonly pointer: string;
  readonly what: string;
  /** The seat that it is about, if there is one on the drawing. */
  readonly guid: string | null;
}
export interface Read { readonly plan: Plan; readonly mistakes: readonly Mistake[] }

type Members = Readonly<Record<string, unknown>>;

/** Reads JSON text; one that is no JSON at all has a single mistake and no plan. */
export function readText(text: string): Read | { plan: null; mistakes: Mistake[] } {
  try {
    return new Reader().read(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { plan: null, mistakes: [{ code: "json_malformed", pointer: "", what: error.message, guid: null }] };
  }
}

export const read = (document: unknown): Read => new Reader().read(document);

class Reader {
  #mistakes: Mistake[] = [];
  readonly #levels: Level[] = [];
  readonly #areas: Area[] = [];
  readonly #decorations: Decoration[] = [];
  readonly #guids = new Set<string>();

  read(document: unknown): Read {
    const root = this.#members(document, "");
    this.#list(root.categories, "/categories").forEach((one, index) => this.#level(one, `/categories/${index}`));
    const zones = this.#list(root.zones, "/zones");
    const blocks = zones.flatMap((zone, index) => this.#zone(zone, `/zones/${index}`) ?? []);
    const size = isMembers(root.size) ? root.size : {};
    const ranked = blocks.some((block) => block.rows.some((row) => row.rank !== null));
    const plan: Plan = {
      name: this.#name(root.name, "/name"), width: positive(size.width), height: positive(size.height), levels: this.#levels,
      blocks: ranked ? blocks : blocks.map(inOrder(blocks)), areas: this.#areas, decorations: this.#decorations, ranking: "kept",
    };
    return { plan, mistakes: this.#mistakes };
  }

  #mistake(code: string, pointer: string, what = ""): void {
    this.#mistakes.push({ code, pointer, what, guid: null });
  }

  #members(value: unknown, at: string): Members {
    if (isMembers(value)) return value;
    this.#mistake(value === undefined || value === null ? "member_missing" : "member_type", at);
    return {};
  }

  #list(value: unknown, at: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.#mistake(value === undefined || value === null ? "member_missing" : "member_type", at);
    return [];
  }

  /** A text that must be there; an empty one is left for the drawing's own check to tell. */
  #name(value: unknown, at: string): string {
    if (typeof value === "string" && value.trim() !== "") return [...value.trim()].slice(0, MAX.nameChars).join("");
    this.#mistake(value === undefined || value === null || value === "" ? "member_missing" : "member_type", at);
    return "";
  }

  #point(value: unknown, at: string): Point | null {
    const { x, y } = this.#members(value, at);
    if (typeof x === "number" && typeof y === "number" && Math.max(Math.abs(x), Math.abs(y)) <= MAX.coordinate) return { x, y };
    if (value !== undefined && value !== null) this.#mistake("coordinate_out_of_bounds", at);
    return null;
  }

  #level(value: unknown, at: string): void {
    const { name, color } = this.#members(value, at);
    const own = this.#name(name, `${at}/name`);
    if (this.#levels.some((level) => level.name === own)) this.#mistake("category_duplicate", `${at}/name`, own);
    this.#levels.push({ id: freshId(), name: own, color: normalColor(color) ?? colorAt(this.#levels.length) });
  }

  #find(value: unknown, at: string): string {
    const name = this.#name(value, at);
    const level = this.#levels.find((one) => one.name === name);
    if (level) return level.id;
    if (name !== "") this.#mistake("category_unknown", at, name);
    // A place without a known category keeps an unknown level, which the check shows.
    return "";
  }

  #zone(value: unknown, at: string): Block | null {
    const zone = this.#members(value, at);
    const origin = this.#point(zone.position, `${at}/position`) ?? { x: 0, y: 0 };
    const rows = this.#list(zone.rows, `${at}/rows`).flatMap((row, index) => this.#row(row, `${at}/rows/${index}`) ?? []);
    const areas = Array.isArray(zone.areas) ? zone.areas : [];
    areas.forEach((area, index) => this.#area(area, origin, `${at}/areas/${index}`));
    if (rows.length === 0) return null;
    return centred(this.#name(firstText(zone.name, zone.zone_id), `${at}/name`), origin, rows);
  }

  #row(value: unknown, at: string): Row | null {
    const row = this.#members(value, at);
    const offset = isMembers(row.position) ? this.#point(row.position, `${at}/position`) : null;
    const name = this.#name(firstText(row.row_number, row.row_label), `${at}/row_number`);
    const seats = this.#list(row.seats, `${at}/seats`).flatMap((seat, index) =>
      this.#seat(seat, offset ?? { x: 0, y: 0 }, `${at}/seats/${index}`) ?? []);
    return seats.length > 0 ? { name, rank: typeof row.rank === "number" ? row.rank : null, seats } : null;
  }

  #seat(value: unknown, origin: Point, at: string): Seat | null {
    const before = this.#mistakes.length;
    const found = this.#readSeat(value, origin, at);
    if (found && this.#mistakes.length > before) {
      this.#mistakes = this.#mistakes.map((mistake, index) => (index < before ? mistake : { ...mistake, guid: found.guid }));
    }
    return found;
  }

  #readSeat(value: unknown, origin: Point, at: string): Seat | null {
    const seat = this.#members(value, at);
    const position = this.#point(seat.position, `${at}/position`);
    if (!position) return null;
    let guid = this.#name(seat.seat_guid, `${at}/seat_guid`);
    if (this.#guids.has(guid)) this.#mistake("seat_guid_duplicate", `${at}/seat_guid`, guid);
    if (guid === "" || this.#guids.has(guid)) guid = freshId();
    this.#guids.add(guid);
    return {
      guid, number: this.#name(seat.seat_number, `${at}/seat_number`), x: origin.x + position.x, y: origin.y + position.y,
      level: this.#find(seat.category, `${at}/category`), accessible: seat.accessible === true, blocked: seat.blocked === true,
    };
  }

  #area(value: unknown, origin: Point, at: string): void {
    const area = this.#members(value, at);
    const offset = isMembers(area.position) ? this.#point(area.position, `${at}/position`) : null;
    const corner = { x: origin.x + (offset?.x ?? 0), y: origin.y + (offset?.y ?? 0) };
    const words = isMembers(area.text) ? area.text.text : area.text;
    const shape = shapeOf(area, corner, typeof words === "string" ? words.trim() : "");
    if (!isMembers(area.onsale)) return void (shape && this.#decorations.push(shape));
    if (!shape || shape.shape === "text") return this.#mistake("area_without_shape", at);
    const { capacity, category, name } = area.onsale;
    const whole = typeof capacity === "number" && Number.isInteger(capacity) && capacity >= 1 && capacity <= MAX.capacity;
    if (!whole) this.#mistake("capacity_invalid", `${at}/onsale/capacity`, String(capacity));
    const level = this.#find(category, `${at}/onsale/category`);
    const words2 = typeof name === "string" && name.trim() ? name.trim() : shape.name;
    const { width, height } = upright(shape);
    this.#areas.push({
      kind: "area", id: freshId(), name: words2 || (this.#levels.find(({ id }) => id === level)?.name ?? ""), x: shape.x, y: shape.y, width, height, level,
      capacity: whole ? capacity : 1,
    });
  }
}

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

const positive = (value: unknown): number => (typeof value === "number" && value > 0 ? value : 0);

const firstText = (one: unknown, other: unknown): unknown =>
  (one === undefined || one === null || (typeof one === "string" && one.trim() === "")) ? other ?? one : one;

/** `#rgb`, `#rrggbb` or `#rrggbbaa` as `#rrggbb`. */
export function normalColor(value: unknown): string | null {
  const digits = typeof value === "string" ? /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value.trim())?.[1]?.toLowerCase() : undefined;
  if (!digits) return null;
  return digits.length === 3 ? `#${[...digits].map((digit) => digit + digit).join("")}` : `#${digits.slice(0, 6)}`;
}

/** Without any rank the order of the file is the order of desirability: write it down, for blocks may be moved. */
function inOrder(blocks: readonly Block[]): (block: Block) => Block {
  let next = 0;
  const ranks = new Map(blocks.flatMap((block) => block.rows).map((row) => [row, next++]));
  return (block) => ({ ...block, rows: block.rows.map((row) => ({ ...row, rank: ranks.get(row) ?? null })) });
}

/** A block of seats as they are, turned around its own middle from now on. */
export function centred(name: string, origin: Point, rows: readonly Row[]): Block {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const row of rows) {
    for (const { x, y } of row.seats) {
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  const round = (value: number): number => Math.round(value * 100) / 100;
  const [x, y] = [round((left + right) / 2), round((top + bottom) / 2)];
  return {
    kind: "block", id: freshId(), name, x: round(origin.x + x), y: round(origin.y + y), rotation: 0, grid: null,
    rows: rows.map((row) => ({ ...row, seats: row.seats.map((seat) => ({ ...seat, x: round(seat.x - x), y: round(seat.y - y) })) })),
  };
}

function shapeOf(area: Members, corner: Point, name: string): Decoration | null {
  const rotation = typeof area.rotation === "number" ? area.rotation : 0;
  const look = { kind: "decoration", id: freshId(), name, rotation, points: [], color: normalColor(area.color) ?? "#d3d5db" } as const;
  const own = (member: string): Members => (isMembers(area[member]) ? area[member] : {});
  // The first version of the schema had no shapes: an area was a rectangle.
  const shape = area.shape ?? (area.width === undefined ? "text" : "rectangle");
  if (shape === "rectangle") {
    const { width, height } = area.shape === undefined ? area : own("rectangle");
    if (!positive(width) || !positive(height)) return null;
    const half = turned(positive(width) / 2, positive(height) / 2, rotation);
    return { ...look, shape, x: corner.x + half.x, y: corner.y + half.y, width: positive(width), height: positive(height) };
  }
  if (shape === "circle" || shape === "ellipse") {
    const radius = own(shape).radius;
    const [rx, ry] = isMembers(radius) ? [positive(radius.x), positive(radius.y)] : [positive(radius), positive(radius)];
    return rx && ry ? { ...look, shape: "ellipse", ...corner, width: 2 * rx, height: 2 * ry } : null;
  }
  if (shape === "polygon") {
    const list = own("polygon").points;
    const corners = (Array.isArray(list) ? list : []).filter((point): point is Point =>
      isMembers(point) && typeof point.x === "number" && typeof point.y === "number").map(({ x, y }) => turned(x, y, rotation));
    if (corners.length < 3) return null;
    const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const mid = { x: (left + right) / 2, y: (top + bottom) / 2 };
    return {
      ...look, shape, rotation: 0, x: corner.x + mid.x, y: corner.y + mid.y, width: right - left, height: bottom - top,
      points: corners.map(({ x, y }) => ({ x: x - mid.x, y: y - mid.y })),
    };
  }
  return name === "" ? null : { ...look, shape: "text", ...corner, width: 160, height: 40 };
}

/** The size of the upright rectangle around a shape: what the server makes of an area on sale. */
function upright({ shape, width, height, rotation }: Decoration): { width: number; height: number } {
  const [sin, cos] = [Math.abs(Math.sin((rotation * Math.PI) / 180)), Math.abs(Math.cos((rotation * Math.PI) / 180))];
  const round = (value: number): number => Math.round(value * 100) / 100;
  if (shape === "ellipse") return { width: round(Math.hypot(width * cos, height * sin)), height: round(Math.hypot(width * sin, height * cos)) };
  return { width: round(width * cos + height * sin), height: round(width * sin + height * cos) };
}
