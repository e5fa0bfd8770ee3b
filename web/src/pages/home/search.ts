// What is looked for, and its place in the address: a search can be shared, and "back" takes it back.

export interface Search { q: string; category: string; city: string; from: string; until: string }

const NAMES = ["q", "category", "city", "from", "until"] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CHARS_MAX = 100;

export function readSearch(query: string): Search {
  const given = new URLSearchParams(query);
  const text = (name: string): string => (given.get(name) ?? "").slice(0, CHARS_MAX);
  const day = (name: string): string => (DATE.test(text(name)) ? text(name) : "");
  return { q: text("q"), category: text("category"), city: text("city"), from: day("from"), until: day("until") };
}

/** `?q=…`, or the plain path when nothing is looked for. */
export function addressOf(search: Search): string {
  const query = new URLSearchParams(Object.entries(wanted(search))).toString();
  return query ? `?${query}` : location.pathname;
}

/** Only what is looked for. */
export function wanted(search: Search): Partial<Search> {
  return Object.fromEntries(NAMES.flatMap((name) => (search[name].trim() ? [[name, search[name].trim()]] : [])));
}

export const filtersIn = (search: Search): number => NAMES.filter((name) => name !== "q" && search[name]).length;

export const NOTHING: Search = { q: "", category: "", city: "", from: "", until: "" };
