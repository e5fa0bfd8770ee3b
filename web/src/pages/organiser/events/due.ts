// Performances that are not on sale yet.

import type { components } from "../../../lib/contract";
import * as clock from "../../../lib/clock";

type Event = components["schemas"]["EventBody"];
export type Performance = Event["performances"][number];
export interface DuePerformance { readonly event: Event; readonly performance: Performance }

/** Those that are still to come, the nearest first. */
export function dueOf(events: readonly Event[]): DuePerformance[] {
  return events.flatMap((event) => event.performances.map((performance) => ({ event, performance })))
    .filter(({ performance }) => !performance.sale && Date.parse(performance.starts_at) > clock.now())
    .sort((a, b) => Date.parse(a.performance.starts_at) - Date.parse(b.performance.starts_at));
}
