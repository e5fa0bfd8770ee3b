// A plan's JSON made ready for the map, as it can be passed from a worker to the page.

import type { components } from "../lib/contract";
import { measure, type Measures } from "./geometry";
import { planOf, type Plan, type SeatColumns } from "./plan";

export interface Ready {
  plan: Omit<Plan, "seats">;
  columns: SeatColumns;
  measures: Measures;
}

export function read(json: string): Ready {
  const whole = planOf(JSON.parse(json) as components["schemas"]["PlanBody"]);
  const { seats, ...plan } = whole;
  return { plan, columns: seats.columns, measures: measure(whole) };
}

/** What is handed over instead of being copied. */
export function buffers({ columns, measures }: Ready): ArrayBuffer[] {
  const { x, y, row, level, accessible, gap } = columns;
  const { keys, starts, seats } = measures.cells;
  return [x, y, row, level, accessible, gap, keys, starts, seats].map(({ buffer }) => buffer);
}
