// The settings of a sale while they are typed: safe ones to begin with, what is wrong with them, and what is sent.

import { instantOf, rfc3339, wallAt } from "../parts/zone";

export interface Settings {
  /** Date and time as read at the venue, such as `2031-05-17T19:30`. */
  opens: string;
  currency: string;
  /** In major units, one for each price level. */
  prices: readonly string[];
  limit: number | null;
  inside: number | null;
  rate: boolean;
  rateCount: number | null;
  rateSeconds: number | null;
  selectMinutes: number | null;
  payMinutes: number | null;
  graceMinutes: number | null;
  draw: boolean;
  gathersMinutes: number | null;
}

export interface Body {
  performance: string; plan: number; opens_at: string; currency: string; prices: number[]; capacity: number; rate: { count: number; interval_seconds: number } | null;
  select_seconds: number; pay_seconds: number; grace_seconds: number; tickets_per_buyer_max: number; rehearsal?: boolean;
}

/** By the JSON pointer of the setting, the key of what is wrong: `sell.wrong.KEY`. */
export type Wrong = Readonly<Record<string, string>>;

export const LIMITS = { limit: [1, 20], inside: [1, 100_000_000], rateSeconds: [1, 86_400], minutes: [1, 60], gathers: [1, 7 * 24 * 60] } as const;
const PRICE_MAX = 1_000_000_000_000;
const DAY_MS = 86_400_000;

const CURRENCY_OF: readonly (readonly [RegExp, string])[] = [
  [/^Asia\/Seoul$/, "KRW"], [/^Asia\/Tokyo$/, "JPY"], [/^Europe\/London$|^Europe\/Belfast$/, "GBP"], [/^Europe\/Zurich$/, "CHF"], [/^Europe\/Warsaw$/, "PLN"],
  [/^Europe\/Stockholm$/, "SEK"], [/^Europe\/Copenhagen$/, "DKK"], [/^Europe\/Oslo$/, "NOK"], [/^Europe\/Prague$/, "CZK"], [/^Europe\//, "EUR"],
  [/^America\/(Toronto|Vancouver|Montreal|Winnipeg|Edmonton|Halifax)/, "CAD"], [/^America\/(Mexico_City|Monterrey|Tijuana)/, "MXN"], [/^America\/Sao_Paulo/, "BRL"],
  [/^Australia\//, "AUD"], [/^Asia\/Singapore$/, "SGD"], [/^Asia\/Hong_Kong$/, "HKD"], [/^Asia\/Taipei$/, "TWD"], [/^Asia\/Shanghai$/, "CNY"], [/^Asia\/Bangkok$/, "THB"],
];

export const currencyOf = (timeZone: string): string => CURRENCY_OF.find(([zone]) => zone.test(timeZone))?.[1] ?? (timeZone.startsWith("America/") ? "USD" : "EUR");

/** So few at once that whoever is let in still has a choice, and enough to sell the hall in about an hour. */
export const insideFor = (capacity: number, limit: number): number =>
  Math.min(Math.max(Math.round(capacity / limit / 4 / 5) * 5, Math.min(capacity, 10)), 1_000);

/** A week before at eight in the evening, if there is as much time; else tomorrow, else in an hour. */
export function openingFor(startsAtMs: number, nowMs: number, timeZone: string): string {
  const evening = (days: number): string => `${wallAt(nowMs + days * DAY_MS, timeZone).slice(0, 10)}T20:00`;
  const days = startsAtMs - nowMs > 14 * DAY_MS ? 7 : 1;
  const wall = evening(days);
  return (instantOf(wall, timeZone) ?? 0) < startsAtMs - 3_600_000 ? wall : wallAt(Math.min(nowMs + 3_600_000, startsAtMs - 60_000), timeZone);
}

export function safe(capacity: number, levels: number, startsAtMs: number, nowMs: number, timeZone: string): Settings {
  return {
    opens: openingFor(startsAtMs, nowMs, timeZone), currency: currencyOf(timeZone), prices: Array.from({ length: levels }, () => ""), limit: 4,
    inside: insideFor(capacity, 4), rate: false, rateCount: 100, rateSeconds: 60, selectMinutes: 10, payMinutes: 7, graceMinutes: 2, draw: true, gathersMinutes: 60,
  };
}

/** A price as people write it, `154,000` or `99.50` or `99,50`, in minor units; null if it is none. */
export function toMinor(text: string, decimals: number): number | null {
  const bare = text.trim().replace(/[\s\u00a0'’]/g, "");
  const [, whole = "", fraction = ""] = (decimals > 0 ? new RegExp(`^([\\d.,]*?)(?:[.,](\\d{1,${decimals}}))?$`) : /^([\d.,]*)$/).exec(bare) ?? [];
  const groups = whole.split(/[.,]/);
  const grouped = groups.length === 1 || (groups.slice(1).every((group) => group.length === 3) && (groups[0] ?? "").length >= 1 && (groups[0] ?? "").length <= 3);
  if (!grouped || !/\d/.test(whole + fraction)) return null;
  const minor = Number(groups.join("") || "0") * 10 ** decimals + Number(fraction.padEnd(decimals, "0") || "0");
  return Number.isSafeInteger(minor) && minor <= PRICE_MAX ? minor : null;
}

export function check(settings: Settings, timeZone: string, startsAtMs: number, decimals: number, nowMs: number): Wrong {
  const wrong: Record<string, string> = {};
  const opens = instantOf(settings.opens, timeZone);
  if (opens === null) wrong["/opens_at"] = "opens";
  else if (opens >= startsAtMs) wrong["/opens_at"] = "opens_late";
  if (!/^[A-Z]{3}$/.test(settings.currency)) wrong["/currency"] = "currency";
  settings.prices.forEach((price, index) => {
    if (toMinor(price, decimals) === null) wrong[`/prices/${index}`] = price.trim() === "" ? "price_missing" : decimals === 0 ? "price_whole" : "price";
  });
  const within = (pointer: string, value: number | null, [low, high]: readonly [number, number], key: string, whole = true): void => {
    if (value === null || (whole && !Number.isInteger(value)) || value < low || value > high) wrong[pointer] = key;
  };
  within("/tickets_per_buyer_max", settings.limit, LIMITS.limit, "limit");
  within("/capacity", settings.inside, LIMITS.inside, "inside");
  if (settings.rate) {
    within("/rate/count", settings.rateCount, LIMITS.inside, "inside");
    within("/rate/interval_seconds", settings.rateSeconds, LIMITS.rateSeconds, "rate_seconds");
  }
  within("/select_seconds", settings.selectMinutes, LIMITS.minutes, "minutes", false);
  within("/pay_seconds", settings.payMinutes, LIMITS.minutes, "minutes", false);
  within("/grace_seconds", settings.graceMinutes, LIMITS.minutes, "minutes", false);
  if (settings.draw) {
    within("/gathers_from", settings.gathersMinutes, LIMITS.gathers, "gathers");
    if (opens !== null && opens <= nowMs) wrong["/gathers_from"] = "gathers_over";
  }
  return wrong;
}

const seconds = (minutes: number | null): number => Math.round((minutes ?? 0) * 60);

/** Only for settings that `check` finds nothing wrong with. */
export function bodyOf(settings: Settings, performance: string, plan: number, timeZone: string, decimals: number): Body {
  return {
    performance, plan, opens_at: rfc3339(instantOf(settings.opens, timeZone) ?? 0, timeZone), currency: settings.currency,
    prices: settings.prices.map((price) => toMinor(price, decimals) ?? 0), capacity: settings.inside ?? 1,
    rate: settings.rate ? { count: settings.rateCount ?? 1, interval_seconds: settings.rateSeconds ?? 60 } : null,
    select_seconds: seconds(settings.selectMinutes), pay_seconds: seconds(settings.payMinutes), grace_seconds: seconds(settings.graceMinutes),
    tickets_per_buyer_max: settings.limit ?? 1,
  };
}

/** From when the draw gathers; not before now, for the server would only note a time that has passed. */
export const gathersFrom = (settings: Settings, timeZone: string, nowMs: number): number =>
  Math.min(Math.max((instantOf(settings.opens, timeZone) ?? 0) - (settings.gathersMinutes ?? 0) * 60_000, nowMs), (instantOf(settings.opens, timeZone) ?? 0) - 1_000);
