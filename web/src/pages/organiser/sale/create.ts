// Makes the sale, then the draw. Each can be tried again without the other.

import { api, ok, patiently, undone } from "../../../lib/api";
import { Problem } from "../../../lib/problem";
import { acting } from "../acting.svelte";
import type { Body } from "./settings";

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

export async function setDraw(sale: string, gathersFrom: string): Promise<void> {
  await patiently(() => ok(api.PUT("/v1/sales/{sale}/lobby", { params: { path: { sale } }, body: { gathers_from: gathersFrom } })));
}
