// Server time from the `Date` of an answer, for pages whose answers have no time of their own.

import * as clock from "./clock";

const CACHED_MAX_MS = 2_000; // the header says whole seconds, and a cache may keep an answer for one

/** Whole seconds are enough to show a countdown by the right clock; any better answer replaces it. */
export function learnDate(response: Response, sentAt: number): void {
  clock.sample(Date.parse(response.headers.get("Date") ?? ""), sentAt, performance.now(), CACHED_MAX_MS);
}
