// Tickets of a hold or an order as lines with their prices, and the way to the payment page.

import { h } from "./dom.js";
import { money, t } from "./i18n.js";

const isSeat = (item) => item.seat !== undefined && item.seat !== null;

/** `Stalls · Row 4 · Seat 12`, or the name of the area. */
export function itemName(item) {
  if (!isSeat(item)) return item.name ?? item.area;
  return t("item.seat", { section: item.section, row: item.row, number: item.number });
}

/** One line per ticket; `onRemove(item)` adds a button to each. */
export function itemLines(items, onRemove) {
  return h("ul", { class: "items" }, items.map((item) => h("li", {},
    h("span", { class: "item-name" }, isSeat(item)
      ? [item.section, h("small", { class: "muted" }, t("item.place", { row: item.row, number: item.number }))] : itemName(item)),
    h("span", { class: "num" }, money(item.price)),
    onRemove && h("button", { type: "button", class: "remove", "aria-label": t("item.remove", { item: itemName(item) }),
      onclick: () => onRemove(item) }, "×"))));
}

/** Goes to the provider's page; false if there is no address to go to yet. */
export function goToPayment(order) {
  if (!order.payment_url) return false;
  const url = new URL(order.payment_url, location.href);
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  location.assign(url);
  return true;
}
