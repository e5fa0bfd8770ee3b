// Asks the server for events.

import { api, ok } from "../../lib/api";
import type { components } from "../../lib/contract";
import { learnDate } from "../../lib/date_header";
import { wanted, type Search } from "./search";

export type Found = components["schemas"]["EventsBody"];

const PAGE = 24;

export async function findEvents(search: Search, after?: string | null): Promise<Found> {
  const sentAt = performance.now();
  const asked = api.GET("/v1/events", { params: { query: { ...wanted(search), ...(after ? { after } : {}), limit: PAGE } } });
  // The countdowns on the list shall not follow a wrong clock.
  learnDate((await asked).response, sentAt);
  return ok(asked);
}
