// How long until something opens, said in the same way everywhere.

import { asClock } from "./clock";
import { t } from "./i18n";

const DAY_MS = 86_400_000;

/** Days from two on, else a clock: `3 days`, `47:59:59`, `2:03`. */
export function until(ms: number): string {
  return ms >= 2 * DAY_MS ? t("board.days", { count: Math.floor(ms / DAY_MS) }) : asClock(ms);
}
