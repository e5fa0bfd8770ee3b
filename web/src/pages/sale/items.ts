// Tickets of a hold or an order in words, and the way to the payment page.

import type { components } from "../../lib/contract";
import { t } from "../../lib/i18n";
import { paymentPage } from "../../lib/payment";

type Item = components["schemas"]["ItemBody"];

export const isSeat = ({ seat }: Item): boolean => typeof seat === "number";

/** `Stalls · Row 4 · Seat 12`, or the name of the area. */
export function itemName(item: Item): string {
  return isSeat(item) ? t("item.seat", { section: item.section, row: item.row, number: item.number }) : item.name ?? String(item.area);
}

/** Goes to the provider's page; false if there is no address to go to yet. */
export function goToPayment(order: Parameters<typeof paymentPage>[0]): boolean {
  const page = paymentPage(order);
  if (page) location.assign(page);
  return page !== null;
}
