// My tickets, the next performance first.

import { accountForm } from "./account_form.js";
import { get, patiently } from "./api.js";
import { byId, focusOn, h, whileBusy } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem } from "./notice.js";
import { open, openAccount } from "./shell.js";
import { ticketCard } from "./ticket_card.js";

const host = byId("tickets");

await open();
document.title = `${t("tickets.title")} · Onsale`;
run().catch((problem) => {
  host.replaceChildren();
  showProblem(byId("problem"), problem, () => location.reload());
});

async function run() {
  const account = await patiently(openAccount);
  if (!account) return host.replaceChildren(accountForm(() => location.reload(), { create: false }));
  const list = h("div", { class: "ticket-grid" });
  const more = h("button", { type: "button", class: "button", hidden: true }, t("tickets.more"));
  let next = null;
  const page = async () => {
    const answer = await patiently(() => get(`/v1/tickets${next ? `?after=${encodeURIComponent(next)}` : ""}`));
    const cards = answer.tickets
      .sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at) || a.id.localeCompare(b.id, undefined, { numeric: true }))
      .map((ticket) => ticketCard(ticket));
    list.append(...cards);
    next = answer.next;
    more.hidden = !next;
    return cards;
  };
  more.addEventListener("click", () => whileBusy(more, async () => {
    try {
      focusOn((await page())[0]);
    } catch (problem) {
      showProblem(byId("problem"), problem);
    }
  }));
  const cards = await page();
  if (cards.length === 0) {
    return host.replaceChildren(h("div", { class: "empty" }, h("h2", {}, t("tickets.none")), h("p", { class: "muted" }, t("tickets.none_text")),
      h("a", { class: "button primary", href: "/" }, t("nav.board"))));
  }
  return host.replaceChildren(list, more);
}
