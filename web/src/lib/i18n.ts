// English and Korean: texts from ../../i18n, numbers, money and dates from Intl.

import type { components } from "./contract";

type Money = components["schemas"]["MoneyBody"];
type Texts = Record<string, string>;
type Values = Record<string, string | number | null | undefined>;

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Texts of fans' pages, and those of the house; a page loads what it needs. */
const FANS: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import("../../i18n/en.json"),
  ko: () => import("../../i18n/ko.json"),
};
/** Of these what is said in the line (`line.ts` of this folder's root): a crowd loads no more, and `more` brings the rest. */
const LINE: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import("../../i18n/en.json?line"),
  ko: () => import("../../i18n/ko.json?line"),
};
const HOUSE: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import("../../i18n/house.en.json"),
  ko: () => import("../../i18n/house.ko.json"),
};

export let language: Language = "en";
let locale = "en"; // the language as the reader's region writes it
let texts: Texts = {};
let plurals = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");
const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

const known = (tag: string | null | undefined): Language | undefined => LANGUAGES.find((one) => one === tag?.slice(0, 2));

function chosenLanguage(): Language {
  const asked = known(new URLSearchParams(location.search).get("lang"));
  if (asked) keep(asked);
  let kept: string | null = null;
  try { kept = localStorage.getItem("language"); } catch { /* storage may be forbidden */ }
  return asked ?? known(kept) ?? navigator.languages.map(known).find(Boolean) ?? "en";
}

function keep(tag: Language): void {
  try { localStorage.setItem("language", tag); } catch { /* then it lasts for this page */ }
  document.cookie = `language=${tag}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

/** Loads the reader's language; pages of the house (`house`) know more texts, the page of the line (`line`) fewer. */
export async function load({ house = false, line = false } = {}): Promise<void> {
  language = chosenLanguage();
  if (line) texts = (await LINE[language]()).default;
  else await more(house);
  locale = navigator.languages.find((tag) => tag.slice(0, 2) === language) ?? language;
  plurals = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(locale);
  document.documentElement.lang = language;
}

/** The texts that `line` has left out. */
export async function more(house = false): Promise<void> {
  const parts = await Promise.all([FANS[language](), ...(house ? [HOUSE[language]()] : [])]);
  texts = Object.assign({}, ...parts.map((part) => part.default)) as Texts;
}

/** Remembers a language and shows the page in it. What the reader has done is with the server, so nothing is lost. */
export function switchTo(tag: Language): void {
  keep(tag);
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  if (url.href === location.href) location.reload();
  else location.replace(url);
}

/** Whether there is a text with this key. */
export const has = (key: string): boolean => key in texts;

/** The text of a key; `{name}` is filled in, numbers in the reader's way; `count` chooses the plural. */
export function t(key: string, values: Values = {}): string {
  const plural = typeof values.count === "number" ? texts[`${key}#${plurals.select(values.count)}`] : undefined;
  const text = plural ?? texts[key] ?? texts[`${key}#other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === "number" ? numbers.format(value) : String(value ?? "");
  });
}

export const number = (value: number): string => numbers.format(value);

/** A share from 0 to 1 as a percentage; never 100 % before it is all. */
export function percent(share: number): string {
  const honest = share < 1 ? Math.min(share, 0.999) : 1;
  return format("percent", () => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 })).format(honest);
}

/** A length of time in words: whole minutes where it is that, else seconds. */
export function duration(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? t("time.minutes", { count: seconds / 60 }) : t("time.seconds", { count: seconds });
}

/** How many minor units a major one has, as a power of ten (ISO 4217, from Intl). */
export function decimals(currency: string): number {
  return format(`decimals${currency}`, () => new Intl.NumberFormat("en", { style: "currency", currency })).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money of the API. `short` leaves the cents out of large sums. */
export function money({ amount, currency }: Money, short = false): string {
  const places = decimals(currency);
  const value = amount / 10 ** places;
  const digits = short && Math.abs(value) >= 1_000 ? 0 : places;
  return format(`${currency}${digits}`, () => new Intl.NumberFormat(locale, {
    style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
  })).format(value);
}

export const readersZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Date and time in a zone (the reader's if none is given), with the zone's short name. */
export function dateTime(when: string | number, timeZone = readersZone): string {
  return format(`dateTime${timeZone}`, () => new Intl.DateTimeFormat(locale, {
    timeZone, weekday: "short", day: "numeric", month: "long", year: "numeric",
    hour: "numeric", minute: "2-digit", timeZoneName: "short",
  })).format(new Date(when));
}

/** A date in a zone, without the time. */
export function date(when: string | number, timeZone = readersZone): string {
  return format(`date${timeZone}`, () => new Intl.DateTimeFormat(locale, {
    timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric",
  })).format(new Date(when));
}

/** Day and time in a zone, short, for where the year and the zone are beside it. */
export function dayAndTime(when: string | number, timeZone: string): string {
  return format(`dayAndTime${timeZone}`, () => new Intl.DateTimeFormat(locale, {
    timeZone, weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
  })).format(new Date(when));
}

/** Day, month and weekday in a zone, each for itself, as on the leaf of a calendar. */
export function calendarLeaf(when: string | number, timeZone: string): { day: string; month: string; weekday: string } {
  const parts = format(`leaf${timeZone}`, () => new Intl.DateTimeFormat(locale, { timeZone, weekday: "short", day: "numeric", month: "short" }))
    .formatToParts(new Date(when));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return { day: part("day"), month: part("month"), weekday: part("weekday") };
}

/** The same instant on the reader's own clock, or null when that reads the same as the event's. */
export function onReadersClock(when: string | number, timeZone: string): string | null {
  const ours = dateTime(when);
  return dateTime(when, timeZone) === ours ? null : ours;
}

function format<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
  let found = formats.get(key) as F | undefined;
  if (!found) formats.set(key, (found = make()));
  return found;
}
