// What the page of an event asks the server for.

import { api, ok } from "../../lib/api";
import { learnDate } from "../../lib/date_header";
import { saleState, type Event } from "../../lib/events";
import { now } from "../../lib/clock";
import type { Status } from "../../lib/live";

const SALES_MAX = 12; // of an event with more, the rest say what the list knows

export async function loadEvent(id: string): Promise<Event> {
  const sentAt = performance.now();
  const asked = api.GET("/v1/events/{event}", { params: { path: { event: id } } });
  learnDate((await asked).response, sentAt);
  return ok(asked);
}

/** The state of each sale of the event, by its id; a sale that cannot be asked is left out. */
export async function loadStatuses(event: Event): Promise<Map<string, Status>> {
  const sales = event.performances.filter((one) => saleState(one, now()) !== "over").flatMap((one) => (one.sale ? [one.sale] : []));
  const asked = sales.slice(0, SALES_MAX).map(async (sale): Promise<[string, Status]> =>
    [sale, await ok(api.GET("/v1/sales/{sale}/status", { params: { path: { sale } } }))]);
  const answers = await Promise.allSettled(asked);
  return new Map(answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
}
