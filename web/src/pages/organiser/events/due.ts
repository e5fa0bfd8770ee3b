// Performances that are not on sale yet, and all events, page after page.

import type { components } from "../../../lib/contract";
import { api, ok } from "../../../lib/api";
import * as clock from "../../../lib/clock";
import { acting } from "../acting.svelte";

type Event = components["schemas"]["EventBody"];
export type Performance = Event["performances"][number];
export interface DuePerformance { readonly event: Event; readonly performance: Performance }

/** Pages that are read at most: of a hundred events each. */
const PAGES_MAX = 100;

/** Every event of the organiser. */
export async function ownEvents(): Promise<Event[]> {
  const events: Event[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query: { organiser?: string; limit: number; after?: string } = { ...acting.query, limit: 100, ...(after !== null && { after }) };
    const { events: some, next } = await ok(api.GET("/v1/organiser/events", { params: { query } }));
    events.push(...some);
    if (!next) break;
    after = next;
  }
  return events;
}

/** Whether a performance fits what somebody typed: the event or the venue, without regard to case and spaces. */
export function fits({ event, performance }: DuePerformance, typed: string): boolean {
  const bare = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return bare(`${event.name} ${performance.venue.name}`).includes(bare(typed));
}

/** Those that are still to come, the nearest first. */
export function dueOf(events: readonly Event[]): DuePerformance[] {
  return events.flatMap((event) => event.performances.map((performance) => ({ event, performance })))
    .filter(({ performance }) => !performance.sale && Date.parse(performance.starts_at) > clock.now())
    .sort((a, b) => Date.parse(a.performance.starts_at) - Date.parse(b.performance.starts_at));
}
