// English and Korean: texts from /assets/i18n, numbers, money and dates from Intl.

export const LANGUAGES = ["en", "ko"];
const ZERO_DECIMALS = new Set(["KRW", "JPY", "VND", "CLP", "ISK"]);
const THREE_DECIMALS = new Set(["BHD", "KWD", "OMR", "JOD", "TND"]);

export let language = "en";
let locale = "en"; // the language as the reader's region writes it
let texts = {};
let plurals;
let numbers;
const formats = new Map();

function chosenLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (LANGUAGES.includes(asked)) keep(asked);
  let kept = null;
  try { kept = localStorage.getItem("language"); } catch { /* storage may be forbidden */ }
  const wanted = [asked, kept, ...(navigator.languages ?? [])].map((tag) => tag?.slice(0, 2));
  return wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

function keep(tag) {
  try { localStorage.setItem("language", tag); } catch { /* then it lasts for this page */ }
  document.cookie = `language=${tag}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

/** Loads the reader's language and puts it into the page's own HTML (`data-t`, `data-t-label`). */
export async function load() {
  language = chosenLanguage();
  texts = await (await fetch(`/assets/i18n/${language}.json`)).json();
  locale = navigator.languages?.find((tag) => tag.slice(0, 2) === language) ?? language;
  plurals = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(locale);
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}

/** Remembers a language and shows the page in it. What the reader has done is with the server, so nothing is lost. */
export function switchTo(tag) {
  keep(tag);
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  if (url.href === location.href) location.reload();
  else location.replace(url);
}

/** Whether there is a text with this key. */
export const has = (key) => key in texts;

/** The text of a key; `{name}` is filled in, numbers in the reader's way; `count` chooses the plural. */
export function t(key, values = {}) {
  const plural = "count" in values ? texts[`${key}#${plurals.select(values.count)}`] : undefined;
  const text = plural ?? texts[key] ?? texts[`${key}#other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? numbers.format(value) : String(value ?? "");
  });
}

export const number = (value) => numbers.format(value);

/** A share from 0 to 1 as a percentage; never 100 % before it is all. */
export function percent(share) {
  const honest = share < 1 ? Math.min(share, 0.999) : 1;
  return format("percent", () => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }))
    .format(honest);
}

/** A length of time in words: whole minutes where it is that, else seconds. */
export function duration(seconds) {
  return seconds >= 60 && seconds % 60 === 0 ? t("time.minutes", { count: seconds / 60 }) : t("time.seconds", { count: seconds });
}

/** Money of the API. `short` leaves the cents out of large sums. */
export function money({ amount, currency }, short = false) {
  const decimals = ZERO_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2;
  const value = amount / 10 ** decimals;
  const digits = short && Math.abs(value) >= 1_000 ? 0 : decimals;
  return format(`${currency}${digits}`, () => new Intl.NumberFormat(locale, {
    style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
  })).format(value);
}

export const readersZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Date and time in a zone (the reader's if none is given), with the zone's short name. */
export function dateTime(when, timeZone = readersZone) {
  return format(`date${timeZone}`, () => new Intl.DateTimeFormat(locale, {
    timeZone, weekday: "short", day: "numeric", month: "long", year: "numeric",
    hour: "numeric", minute: "2-digit", timeZoneName: "short",
  })).format(new Date(when));
}

/** The same instant on the reader's own clock, or null when that reads the same as the event's. */
export function onReadersClock(when, timeZone) {
  const theirs = dateTime(when, timeZone);
  const ours = dateTime(when);
  return theirs === ours || !timeZone ? null : ours;
}

function format(key, make) {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}
