// Events and their performances, as the list and the page of an event show them.

import type { components } from "./contract";
import { money } from "./i18n";

export type Event = components["schemas"]["EventBody"];
export type Performance = components["schemas"]["PerformanceEntryBody"];
type Money = components["schemas"]["MoneyBody"];

/** `none`: no sale is announced; `soon`: it opens; `open`: it has opened; `over`: the performance has begun. */
export type SaleState = "none" | "soon" | "open" | "over";

export function saleState({ sale, opens_at_ms: opensAtMs, starts_at: startsAt }: Performance, nowMs: number): SaleState {
  if (Date.parse(startsAt) <= nowMs) return "over";
  if (!sale || opensAtMs === undefined || opensAtMs === null) return "none";
  return opensAtMs > nowMs ? "soon" : "open";
}

/** By date; those to come before those that are over, the latest of which is first. */
export function inOrder<P extends { starts_at: string }>(performances: P[], nowMs: number): P[] {
  const at = (one: P): number => Date.parse(one.starts_at);
  const [coming, over] = [performances.filter((one) => at(one) > nowMs), performances.filter((one) => at(one) <= nowMs)];
  return [...coming.sort((a, b) => at(a) - at(b)), ...over.sort((a, b) => at(b) - at(a))];
}

/** `₩99,000 – ₩154,000`, or one price; null where no price is known or currencies differ. */
export function priceRange(performances: Pick<Performance, "price_from" | "price_to">[]): string | null {
  const prices = performances.flatMap((one) => [one.price_from, one.price_to]).filter((one): one is Money => Boolean(one));
  const [first] = prices;
  if (!first || prices.some((one) => one.currency !== first.currency)) return null;
  const amounts = prices.map((one) => one.amount);
  const [low, high] = [Math.min(...amounts), Math.max(...amounts)].map((amount) => money({ amount, currency: first.currency }));
  return low === high ? `${low}` : `${low} – ${high}`;
}

/** `Great Hall · Seoul`. */
export const whereIs = ({ venue }: Performance): string => [venue.name, venue.city].filter(Boolean).join(" · ");
