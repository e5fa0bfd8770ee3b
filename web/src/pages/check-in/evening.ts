// What a gate knows of its evening without a network: which sale it is, and what a seat is called.

import { api, ok } from "../../lib/api";
import { dateTime, t } from "../../lib/i18n";
import type { components } from "../../lib/contract";
import type { Ticket } from "./code";
import type { Keep } from "./keep";
import type { PublishedKey } from "./keys";

type Schemas = components["schemas"];
export type OwnSale = Schemas["OwnSaleBody"];
type Plan = Schemas["PlanBody"];

/** What is kept for a night without a network. */
export interface Known { keys: PublishedKey[]; sales: OwnSale[]; plan: Plan | null }

/** What an earlier visit left here. */
export async function remember(keep: Keep): Promise<Known> {
  const [keys, sales] = await Promise.all([keep.fact<PublishedKey[]>("keys"), keep.fact<OwnSale[]>("sales")]);
  return { keys: keys ?? [], sales: sales ?? [], plan: null };
}

export async function fetchKeys(keep: Keep): Promise<PublishedKey[]> {
  const { keys } = (await ok(api.GET("/v1/keys/tickets"))) as unknown as { keys: PublishedKey[] };
  await keep.putFact("keys", keys);
  return keys;
}

export async function fetchSales(keep: Keep): Promise<OwnSale[]> {
  const { sales } = await ok(api.GET("/v1/organiser/sales"));
  await keep.putFact("sales", sales);
  return sales;
}

/** The hall of a sale, so that a seat has a name; from the keep where there is no network. */
export async function planOf(keep: Keep, sale: string): Promise<Plan | null> {
  const kept = await keep.fact<Plan>(`plan ${sale}`);
  if (kept) return kept;
  const plan = await ok(api.GET("/v1/sales/{sale}/plan", { params: { path: { sale } } })).catch(() => null);
  if (plan) await keep.putFact(`plan ${sale}`, plan);
  return plan;
}

/** The place of a ticket in words, as far as it is known here. */
export function placeName(ticket: Ticket, plan: Plan | null): string {
  if (ticket.area !== null) return plan?.areas[ticket.area]?.name ?? "";
  const seat = ticket.seat === null ? undefined : plan?.seats[ticket.seat];
  const row = seat && plan?.rows[seat.row];
  if (!seat || !row) return "";
  return t("item.seat", { section: plan?.sections[row.section]?.name ?? "", row: row.name, number: seat.number });
}

/** The event of a ticket, or at least its evening. */
export function eventName(ticket: Ticket, sales: OwnSale[]): string {
  const sale = sales.find(({ id }) => id === ticket.sale);
  const when = dateTime(ticket.startsAtMs, sale?.performance.time_zone);
  return sale ? `${sale.event.name}, ${when}` : when;
}

/** Tonight first: by the distance of the performance from now. */
export function nearestFirst(sales: OwnSale[], nowMs: number): OwnSale[] {
  const away = ({ performance }: OwnSale): number => Math.abs(Date.parse(performance.starts_at) - nowMs);
  return [...sales].sort((one, other) => away(one) - away(other));
}
