// A ticket in words, and as an appointment.

import { calendarFile, saveCalendar } from "../../lib/calendar";
import { now } from "../../lib/clock";
import type { components } from "../../lib/contract";
import { dateTime, t } from "../../lib/i18n";

export type Ticket = components["schemas"]["TicketBody"];

const MINUTES = 120; // nobody says how long it takes
const REMIND_MINUTES = 120;
const LATE_MS = 12 * 3_600_000; // who comes late still finds the ticket first

/** Where it lets one in: pairs of a text's key and its value. */
export function placeOf(ticket: Ticket): [key: string, value: string][] {
  const pairs: [string, string | null | undefined][] = ticket.number
    ? [["section", ticket.section], ["row", ticket.row], ["number", ticket.number]]
    : [["area", ticket.area]];
  return pairs.flatMap(([key, value]) => (value ? [[key, value]] : []));
}

/** The tickets of an order to print; the server makes it. */
export const pdfOf = (order: string): string => `/v1/orders/${encodeURIComponent(order)}/tickets.pdf`;

export const isPast = (ticket: Ticket): boolean => Date.parse(ticket.starts_at) + LATE_MS < now();

/** By date, then by number. */
export function byDate(a: Ticket, b: Ticket): number {
  return Date.parse(a.starts_at) - Date.parse(b.starts_at) || a.id.localeCompare(b.id, undefined, { numeric: true });
}

export function addToCalendar(ticket: Ticket): void {
  const place = placeOf(ticket).map(([key, value]) => `${t(`ticket.${key}`)} ${value}`).join(", ");
  const address = `${location.origin}/tickets`;
  saveCalendar(ticket.event, calendarFile({
    uid: `${ticket.id}@${location.hostname}`, startsAtMs: Date.parse(ticket.starts_at), minutes: MINUTES, remindMinutes: REMIND_MINUTES,
    title: ticket.event, place: ticket.venue, url: address,
    text: [dateTime(ticket.starts_at, ticket.time_zone), place, t("ticket.name", { id: ticket.id }), address].join("\n"),
  }, now()));
}
