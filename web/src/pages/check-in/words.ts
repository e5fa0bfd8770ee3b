// A verdict and a conflict in words.

import * as clock from "../../lib/clock";
import { dateTime, has, language, t } from "../../lib/i18n";
import { eventName, type OwnSale } from "./evening";
import type { Verdict } from "./gate";
import type { Conflict } from "./queue";

export interface Words { feeling: "good" | "ask" | "bad"; word: string; why: string }

const JUST_NOW_MS = 60_000;
const TODAY_MS = 12 * 3_600_000;

export function textOf(verdict: Verdict, sales: OwnSale[]): Words {
  switch (verdict.kind) {
    case "in": return { feeling: "good", word: t("gate.in"), why: t(verdict.offline ? "gate.in_offline" : "gate.in_first") };
    case "again": return {
      feeling: "ask", word: t("gate.again"),
      why: verdict.atMs === null ? t("gate.again_unknown") : t(verdict.here ? "gate.again_here" : "gate.again_at", { time: when(verdict.atMs) }),
    };
    case "other": return { feeling: "ask", word: t("gate.other"), why: t("gate.other_why", { event: eventName(verdict.ticket, sales) }) };
    case "unchecked": return { feeling: "ask", word: t("gate.unchecked"), why: t("gate.unchecked_why") };
    case "signed_out": return { feeling: "ask", word: t("gate.not_checked"), why: t("gate.signed_out") };
    case "no": return { feeling: "bad", word: t("gate.no"), why: reason(verdict.reason) };
  }
}

/** Why a ticket is refused. */
export function reason(code: string): string {
  return t(has(`gate.no.${code}`) ? `gate.no.${code}` : "gate.no.other");
}

export function quarrel({ reason: code, scannedAtMs, usedAtMs, ticket }: Conflict): string {
  const values = { ticket: ticket.id, here: timeOf(scannedAtMs), there: usedAtMs === null ? "" : timeOf(usedAtMs) };
  return code === "ticket_already_used" && usedAtMs !== null ? t("gate.conflict_used", values) : t("gate.conflict_refused", { ...values, reason: reason(code) });
}

/** A moment as a gate says it: how long ago, if it was just now. */
function when(atMs: number): string {
  const ago = clock.now() - atMs;
  return ago >= 0 && ago < JUST_NOW_MS ? t("gate.ago", { count: Math.max(1, Math.round(ago / 1_000)) }) : timeOf(atMs);
}

/** The time of day, or the date as well if it was not today. */
function timeOf(atMs: number): string {
  if (Math.abs(clock.now() - atMs) > TODAY_MS) return dateTime(atMs);
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(atMs);
}
