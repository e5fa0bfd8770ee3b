// Makes the sale, then what belongs to it: blocked seats, the draw. Each can be tried again without the others.

import { api, ok, patiently, undone } from "../../../lib/api";
import type { components } from "../../../lib/contract";
import { Problem } from "../../../lib/problem";
import { acting } from "../acting.svelte";
import type { Body } from "./settings";

/** In one request; the server takes 64 KiB. */
const BLOCK_AT_ONCE = 5_000;

/** What this page has asked for without hearing what became of it. */
const unheard = new Set<string>();

/** Makes the sale. One that was made by a request whose answer was lost is found again. */
export async function createSale(body: Body): Promise<string> {
  try {
    const sale = await patiently(() => ok(api.POST("/v1/sales", { body })), undefined, undone);
    return sale.id;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 0) unheard.add(body.performance);
    if (problem.code !== "sale_exists" || !unheard.has(body.performance)) throw problem;
    const { sales } = await patiently(() => ok(api.GET("/v1/organiser/sales", { params: { query: acting.query } })));
    const made = sales.find(({ performance }) => performance.id === body.performance);
    if (!made) throw problem;
    return made.id;
  }
}

/** Takes the seats with these guids out of the sale. */
export async function blockSeats(sale: string, plan: components["schemas"]["PlanBody"], guids: readonly string[]): Promise<void> {
  const wanted = new Set(guids);
  const seats = plan.seats.flatMap(({ guid }, index) => (wanted.has(guid) ? [index] : []));
  for (let from = 0; from < seats.length; from += BLOCK_AT_ONCE) {
    const some = seats.slice(from, from + BLOCK_AT_ONCE);
    await patiently(() => ok(api.POST("/v1/sales/{sale}/block", { params: { path: { sale } }, body: { seats: some } })));
  }
}

export async function setDraw(sale: string, gathersFrom: string): Promise<void> {
  await patiently(() => ok(api.PUT("/v1/sales/{sale}/lobby", { params: { path: { sale } }, body: { gathers_from: gathersFrom } })));
}
