// One order: what became of the payment, what to do next, and the tickets.

import { accountForm } from "./account_form.js";
import { ask } from "./ask.js";
import { call, get, patiently, wait } from "./api.js";
import { announce, byId, focusOn, h, whileBusy } from "./dom.js";
import { dateTime, money, t } from "./i18n.js";
import { goToPayment, itemLines } from "./items.js";
import { Live } from "./live.js";
import { showProblem } from "./notice.js";
import { open, openAccount, showLink } from "./shell.js";
import { ticketCard } from "./ticket_card.js";
import { timer } from "./timer.js";

const LOOK_EVERY_MS = 2_500;
const MOVING = new Set(["paying", "refund_pending"]);

const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const path = `/v1/orders/${encodeURIComponent(id)}`;
const host = byId("order");
let shown = null;
let clock = null;
const fail = (problem) => {
  host.querySelector(".skeleton")?.remove();
  showProblem(byId("problem"), problem, () => location.reload());
};

await open();
run().catch(fail);

async function run() {
  const account = await patiently(openAccount);
  if (!account) return host.replaceChildren(accountForm(() => location.reload(), { create: false }));
  const order = await patiently(() => get(path));
  show(order);
  const live = new Live({ sale: order.sale });
  live.addEventListener("link", ({ detail }) => showLink(detail));
  live.addEventListener("order", ({ detail }) => detail.order.id === id && show(detail.order));
  live.start();
  // The provider's message may come a moment after the fan: look as well as listen.
  while (MOVING.has(shown.stage)) {
    await wait(LOOK_EVERY_MS * (0.8 + Math.random() * 0.4));
    await get(path).then(show, () => null);
  }
  return undefined;
}

function show(order) {
  const before = shown;
  const same = before?.stage === order.stage && before.payment_url === order.payment_url && before.tickets.length === order.tickets.length;
  shown = order;
  if (same) return;
  clock?.stop();
  clock = null;
  const heading = h("h2", {}, t(`order.${order.stage}.title`));
  document.title = `${t(`order.${order.stage}.title`)} · Onsale`;
  host.replaceChildren(
    h("section", { class: `panel outcome ${order.stage}` },
      h("div", { class: "outcome-mark", "aria-hidden": "true" }),
      heading, h("p", { class: "lead" }, t(`order.${order.stage}.text`)), next(order)),
    h("section", { class: "panel", "aria-labelledby": "items-title" },
      h("h2", { id: "items-title" }, t("order.items")), itemLines(order.items),
      h("p", { class: "total" }, h("span", {}, t("cart.total")), h("strong", { class: "num" }, money(order.total))),
      h("p", { class: "muted fine" }, t("order.made", { id: order.id, time: dateTime(order.created_at_ms) }))));
  if (order.stage === "paid") showTickets(order).catch(fail);
  if (before && before.stage !== order.stage) {
    announce(t(`order.${order.stage}.title`));
    focusOn(heading);
  }
}

/** What the buyer can do now. */
function next(order) {
  const sale = `/sales/${encodeURIComponent(order.sale)}`;
  if (order.stage === "paid") return h("p", { class: "choices" }, h("a", { class: "button", href: "/tickets" }, t("nav.tickets")));
  if (order.stage === "expired" || order.stage === "cancelled") {
    return h("p", { class: "choices" }, h("a", { class: "button primary", href: sale }, t("order.back")));
  }
  if (order.stage !== "paying") return null;
  clock = timer(t("pay.timer"));
  clock.set(order.deadline_ms);
  const cancel = h("button", { type: "button", class: "link" }, t("pay.cancel"));
  cancel.addEventListener("click", async () => {
    if (!(await ask("cancel_order"))) return;
    whileBusy(cancel, () => patiently(() => call("DELETE", path)).then(show, fail));
  });
  return h("div", {}, clock.element, h("p", { class: "choices" },
    order.payment_url && h("button", { type: "button", class: "button primary", onclick: () => goToPayment(order) }, t("pay.go")), cancel));
}

async function showTickets(order) {
  if (order.tickets.length === 0) return;
  const tickets = await Promise.all(order.tickets.map((one) => patiently(() => get(`/v1/tickets/${encodeURIComponent(one)}`))));
  host.append(h("section", { "aria-labelledby": "tickets-title" },
    h("h2", { id: "tickets-title", class: "section-title" }, t("order.tickets")), h("div", { class: "ticket-list" }, tickets.map((ticket) => ticketCard(ticket, "h3")))));
}
