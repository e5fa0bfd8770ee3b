// A plan as the server shows it, to look at and to copy.

import type { components } from "../../../../../lib/contract";
import { centred } from "./pretix_read";
import { freshId, type Block, type Decoration, type Plan, type Row } from "./plan";

export type ServerPlan = components["schemas"]["PlanBody"];

export function fromServer(body: ServerPlan): Plan {
  const levels = body.price_levels.map(({ name, color }) => ({ id: freshId(), name, color }));
  const level = (index: number): string => levels[index]?.id ?? "";
  const blocked = new Set(body.blocked);
  const sections: Row[][] = body.sections.map(() => []);
  // The server keeps the rows in the order of their rank.
  body.rows.forEach((row, rank) => {
    const seats = body.seats.slice(row.first_seat, row.first_seat + row.seats);
    sections[row.section]?.push({
      name: row.name, rank,
      seats: seats.map(({ guid, number, x, y, level: index, accessible }, at) =>
        ({ guid, number, x, y, level: level(index), accessible: Boolean(accessible), blocked: blocked.has(row.first_seat + at) })),
    });
  });
  const blocks = sections.flatMap((rows, index): Block[] => (rows.length > 0 ? [centred(body.sections[index]?.name ?? "", { x: 0, y: 0 }, rows)] : []));
  const areas = body.areas.map(({ name, capacity, level: index, x, y, width, height }) => ({
    kind: "area" as const, id: freshId(), name, capacity, level: level(index), x: x + width / 2, y: y + height / 2, width, height,
  }));
  return { name: body.name, width: body.width, height: body.height, levels, blocks, areas, decorations: body.decorations.flatMap(drawn), ranking: "kept" };
}

/** What is only drawn, as the editor has it: around its middle. */
function drawn({ outline, color, text, text_x: x, text_y: y }: ServerPlan["decorations"][number]): Decoration[] {
  const look = { kind: "decoration", id: freshId(), name: text ?? "", color: color ?? "#d3d5db" } as const;
  if (!outline) return text ? [{ ...look, shape: "text", rotation: 0, points: [], x, y, width: 160, height: 40 }] : [];
  if (outline.shape === "ellipse") {
    const { radius_x: rx, radius_y: ry, rotation_degrees: rotation } = outline;
    return [{ ...look, shape: "ellipse", rotation, points: [], x: outline.x, y: outline.y, width: 2 * rx, height: 2 * ry }];
  }
  const points = outline.points.map(([px = 0, py = 0]) => ({ x: px, y: py }));
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  // The server keeps a rectangle as its corners.
  const upright = points.length === 4 && points.every((point) => [left, right].includes(point.x) && [top, bottom].includes(point.y));
  const corners = upright ? [] : points.map((point) => ({ x: point.x - middle.x, y: point.y - middle.y }));
  return [{ ...look, shape: upright ? "rectangle" : "polygon", rotation: 0, points: corners, ...middle, width: right - left, height: bottom - top }];
}
