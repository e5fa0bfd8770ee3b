// A plan as the server shows it, to look at and to copy. What is only drawn is not part of it.

import type { components } from "../../../../../lib/contract";
import { centred } from "./pretix_read";
import { freshId, type Block, type Plan, type Row } from "./plan";

export type ServerPlan = components["schemas"]["PlanBody"];

export function fromServer(body: ServerPlan): Plan {
  const levels = body.price_levels.map(({ name, color }) => ({ id: freshId(), name, color }));
  const level = (index: number): string => levels[index]?.id ?? "";
  const sections: Row[][] = body.sections.map(() => []);
  // The server keeps the rows in the order of their rank.
  body.rows.forEach((row, rank) => {
    const seats = body.seats.slice(row.first_seat, row.first_seat + row.seats);
    sections[row.section]?.push({
      name: row.name, rank,
      seats: seats.map(({ guid, number, x, y, level: index, accessible }) => ({ guid, number, x, y, level: level(index), accessible: Boolean(accessible), blocked: false })),
    });
  });
  const blocks = sections.flatMap((rows, index): Block[] => (rows.length > 0 ? [centred(body.sections[index]?.name ?? "", { x: 0, y: 0 }, rows)] : []));
  const areas = body.areas.map(({ name, capacity, level: index, x, y, width, height }) => ({
    kind: "area" as const, id: freshId(), name, capacity, level: level(index), x: x + width / 2, y: y + height / 2, width, height,
  }));
  return { name: body.name, width: body.width, height: body.height, levels, blocks, areas, decorations: [], ranking: "kept" };
}
