// A ticket as one sees it: what and when and where on the left, the code for the door on the stub.

import { h } from "./dom.js";
import { dateTime, onReadersClock, t } from "./i18n.js";

/** `level` is that of its heading. */
export function ticketCard(ticket, level = "h2") {
  const { starts_at: startsAt, time_zone: zone } = ticket;
  const mine = onReadersClock(startsAt, zone);
  const event = ticket.event?.name ?? ticket.event;
  const venue = ticket.venue?.name ?? ticket.venue;
  const seat = ticket.number
    ? [["section", ticket.section], ["row", ticket.row], ["number", ticket.number]]
    : [["area", ticket.area?.name ?? ticket.area]];
  const valid = ticket.stage === "valid";
  return h("article", { class: `ticket ${ticket.stage}`, "aria-label": `${event}, ${seat.map(([, value]) => value).join(", ")}` },
    h("div", { class: "ticket-body" },
      h(level, { class: "ticket-event" }, event),
      h("p", {}, dateTime(startsAt, zone)),
      mine && h("p", { class: "muted fine" }, t("time.yours", { time: mine })),
      h("p", { class: "muted" }, venue),
      h("dl", { class: "seat" }, seat.map(([key, value]) => h("div", {}, h("dt", {}, t(`ticket.${key}`)), h("dd", {}, value))))),
    h("div", { class: "stub" },
      valid && h("img", { src: ticket.qr, width: 168, height: 168, loading: "lazy", alt: t("ticket.qr", { id: ticket.id }) }),
      h("p", { class: "fine" }, valid ? ticket.id : t(`ticket.${ticket.stage}`))));
}
