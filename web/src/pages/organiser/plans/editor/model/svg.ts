// A drawing (SVG) as a plan: circles, ellipses and rectangles with an id or a `data-seat` become seats; the group around
// them names their section, their height on the sheet makes the rows, their colour the price level.

import { freshId, colorAt, type Area, type Block, type Decoration, type Level, type Plan, type Point, type Row, type Seat } from "./plan";
import { centred, normalColor } from "./pretix_read";
import { parse, type Element } from "./xml";

export interface SvgWords {
  /** Name of the plan, of a section without a name, of the n-th price level. */
  readonly plan: string;
  readonly section: string;
  readonly level: (index: number) => string;
}

type Matrix = readonly [number, number, number, number, number, number];
interface Found {
  readonly at: Point; readonly size: Point; readonly round: boolean; readonly section: string; readonly fill: string; readonly id: string;
  readonly data: Readonly<Record<string, string>>;
}
interface Around { readonly matrix: Matrix; readonly section: string; readonly fill: string }

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
const SKIPPED = new Set(["defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata", "style", "title"]);
/** A shape this many times as large as most is a stage or a wall, not a seat. */
const LARGE = 4;
/** Names that editors give by themselves say nothing. */
const NAMELESS = /^(g|group|layer|layer_|layer |svg|gruppe|ebene|path|rect|circle|ellipse)[ _-]?\d*$/i;
/** Seats are drawn this far apart at least, so that the map's own sizes suit. */
const PITCH = 24;

/** Null if the file is no SVG. A plan without any seat means that no shape had an id. */
export function readSvg(text: string, words: SvgWords): Plan | null {
  const root = parse(text.replace(/^\uFEFF/, ""));
  if (root?.name !== "svg") return null;
  const found: Found[] = [];
  walk(root, { matrix: IDENTITY, section: "", fill: "" }, found);
  const usual = median(found.filter(({ data }) => data.capacity === undefined).map(({ size }) => Math.max(size.x, size.y)));
  const isSeat = ({ size, data, id }: Found): boolean =>
    data.seat !== undefined || (id !== "" && data.capacity === undefined && Math.max(size.x, size.y) <= usual * LARGE);
  const seats = found.filter(isSeat);
  const zoom = zoomFor(seats);
  const levels: Level[] = [];
  const levelOf = (fill: string): string => {
    const known = levels.find((level) => level.name === fill);
    if (known) return known.id;
    const level = { id: freshId(), name: fill, color: normalColor(fill) ?? colorAt(levels.length) };
    levels.push(level);
    return level.id;
  };
  const blocks = sectionsOf(seats, zoom, words, levelOf);
  const shapes = found.filter((one) => !isSeat(one));
  const areas = shapes.filter(({ data }) => data.capacity !== undefined).map((one) => areaOf(one, zoom, words, levelOf));
  const decorations = shapes.filter(({ data, id }) => data.capacity === undefined && id !== "").map((one) => decorationOf(one, zoom));
  if (levels.length === 0) levelOf("");
  return {
    name: root.children.find(({ name }) => name === "title")?.text.trim() || words.plan, width: 0, height: 0,
    levels: levels.slice(0, 64).map((level, index) => ({ ...level, name: words.level(index + 1) })),
    blocks, areas, decorations, ranking: "near",
  };
}

function walk(element: Element, around: Around, found: Found[]): void {
  if (SKIPPED.has(element.name)) return;
  const { attributes } = element;
  const matrix = times(around.matrix, transform(attributes.transform ?? ""));
  const fill = fillOf(attributes) ?? around.fill;
  if (element.name === "g" || element.name === "svg" || element.name === "a") {
    const named = element.name === "g" ? attributes["data-section"] ?? attributes["inkscape:label"] ?? attributes.id : undefined;
    const section = named && !NAMELESS.test(named) ? readable(named) : around.section;
    for (const child of element.children) walk(child, { matrix, section, fill }, found);
    return;
  }
  const shape = outline(element);
  if (!shape) return;
  const data = Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith("data-")).map(([name, value]) => [name.slice(5), value]));
  found.push({
    at: apply(matrix, shape.at), round: shape.round, section: data.section ? readable(data.section) : around.section, fill, id: attributes.id ?? "", data,
    size: { x: shape.size.x * Math.hypot(matrix[0], matrix[1]), y: shape.size.y * Math.hypot(matrix[2], matrix[3]) },
  });
}

function outline({ name, attributes }: Element): { at: Point; size: Point; round: boolean } | null {
  const number = (key: string): number => Number.parseFloat(attributes[key] ?? "") || 0;
  if (name === "circle") return { at: { x: number("cx"), y: number("cy") }, size: { x: 2 * number("r"), y: 2 * number("r") }, round: true };
  if (name === "ellipse") return { at: { x: number("cx"), y: number("cy") }, size: { x: 2 * number("rx"), y: 2 * number("ry") }, round: true };
  if (name !== "rect") return null;
  const size = { x: number("width"), y: number("height") };
  return { at: { x: number("x") + size.x / 2, y: number("y") + size.y / 2 }, size, round: false };
}

function fillOf(attributes: Readonly<Record<string, string>>): string | undefined {
  const styled = /(?:^|;)\s*fill\s*:\s*([^;]+)/.exec(attributes.style ?? "")?.[1];
  const fill = (styled ?? attributes.fill)?.trim().toLowerCase();
  return fill && normalColor(fill) ? normalColor(fill) ?? fill : fill;
}

const readable = (name: string): string => name.replace(/_x([0-9a-f]{2})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  .replace(/_/g, " ").trim();

function transform(text: string): Matrix {
  let matrix = IDENTITY;
  for (const [, kind = "", list = ""] of text.matchAll(/(\w+)\s*\(([^)]*)\)/g)) {
    const [a = 0, b, c, d = 0, e = 0, f = 0] = list.split(/[\s,]+/).filter(Boolean).map(Number);
    matrix = times(matrix, single(kind, a, b, c, d, e, f));
  }
  return matrix;
}

function single(kind: string, a: number, b: number | undefined, c: number | undefined, d: number, e: number, f: number): Matrix {
  const radians = (a * Math.PI) / 180;
  switch (kind) {
    case "matrix": return [a, b ?? 0, c ?? 0, d, e, f];
    case "translate": return [1, 0, 0, 1, a, b ?? 0];
    case "scale": return [a, 0, 0, b ?? a, 0, 0];
    case "skewX": return [1, 0, Math.tan(radians), 1, 0, 0];
    case "skewY": return [1, Math.tan(radians), 0, 1, 0, 0];
    case "rotate": {
      const turn: Matrix = [Math.cos(radians), Math.sin(radians), -Math.sin(radians), Math.cos(radians), 0, 0];
      const [x, y] = [b ?? 0, c ?? 0];
      return times(times([1, 0, 0, 1, x, y], turn), [1, 0, 0, 1, -x, -y]);
    }
    default: return IDENTITY;
  }
}

const times = ([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix =>
  [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];

const apply = ([a, b, c, d, e, f]: Matrix, { x, y }: Point): Point => ({ x: a * x + c * y + e, y: b * x + d * y + f });

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}

/** How much larger the drawing becomes: the usual distance to the next seat is `PITCH` then. */
function zoomFor(seats: readonly Found[]): number {
  const sorted = [...seats].sort((a, b) => a.at.y - b.at.y || a.at.x - b.at.x);
  const next = sorted.slice(1).map(({ at }, index) => Math.hypot(at.x - (sorted[index]?.at.x ?? 0), at.y - (sorted[index]?.at.y ?? 0)));
  const usual = median(next.filter((distance) => distance > 0)) || median(seats.map(({ size }) => Math.max(size.x, size.y))) * 1.4;
  return usual > 0 && Number.isFinite(usual) ? PITCH / usual : 1;
}

function sectionsOf(seats: readonly Found[], zoom: number, words: SvgWords, levelOf: (fill: string) => string): Block[] {
  const sections = new Map<string, Found[]>();
  for (const seat of seats) {
    const section = seat.section || words.section;
    const others = sections.get(section);
    if (others) others.push(seat);
    else sections.set(section, [seat]);
  }
  const guids = new Set<string>();
  return [...sections].map(([name, all]) => {
    const rows = rowsOf(all).map((row, index): Row => ({
      name: row.find(({ data }) => data.row)?.data.row ?? String(index + 1), rank: null,
      seats: row.map((one, place): Seat => {
        const own = one.id || `${name}-${index + 1}-${place + 1}`;
        const guid = guids.has(own) ? freshId() : own;
        guids.add(guid);
        return {
          guid, number: one.data.seat?.trim() || String(place + 1), x: one.at.x * zoom, y: one.at.y * zoom,
          level: levelOf(one.data.level ?? one.fill), accessible: "accessible" in one.data, blocked: "blocked" in one.data,
        };
      }),
    }));
    return centred(name, { x: 0, y: 0 }, rows);
  });
}

/** Seats by their height on the sheet, or by `data-row` where it is given; each row from left to right. */
function rowsOf(seats: readonly Found[]): Found[][] {
  const named = seats.every(({ data }) => data.row);
  const rows: Found[][] = [];
  const slack = median(seats.map(({ size }) => size.y)) / 2 || 1;
  for (const seat of [...seats].sort((a, b) => a.at.y - b.at.y)) {
    const row = named ? rows.find(([first]) => first?.data.row === seat.data.row) : rows.at(-1);
    const last = row?.at(-1);
    if (row && last && (named || seat.at.y - last.at.y <= slack)) row.push(seat);
    else rows.push([seat]);
  }
  return rows.map((row) => row.sort((a, b) => a.at.x - b.at.x));
}

function areaOf({ at, size, id, data, fill }: Found, zoom: number, words: SvgWords, levelOf: (fill: string) => string): Area {
  const capacity = Math.min(Math.max(Math.round(Number(data.capacity)) || 1, 1), 1_000_000);
  return {
    kind: "area", id: freshId(), name: readable(data.name ?? id) || words.section, x: at.x * zoom, y: at.y * zoom, width: size.x * zoom, height: size.y * zoom,
    level: levelOf(data.level ?? fill), capacity,
  };
}

function decorationOf({ at, size, round, id, fill }: Found, zoom: number): Decoration {
  return {
    kind: "decoration", id: freshId(), name: NAMELESS.test(id) ? "" : readable(id), x: at.x * zoom, y: at.y * zoom, width: size.x * zoom, height: size.y * zoom,
    rotation: 0, shape: round ? "ellipse" : "rectangle", points: [], color: normalColor(fill) ?? "#d3d5db",
  };
}
