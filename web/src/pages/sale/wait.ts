// How long the line takes, in words, and who may be let in before long.

import { number, t } from "../../lib/i18n";
import type { Place } from "../../lib/live";

const NEAR_PEOPLE = 500;
const NEAR_SECONDS = 180;

/** The server measures how fast people are let in, and says a range that it can stand for. */
export function waitText(wait: Place["wait"]): string {
  if (!wait) return t("waiting.no_estimate");
  if (wait.seconds_high < 60) return t("waiting.under_minute");
  const [low, high] = [Math.floor(wait.seconds_low / 60), Math.ceil(wait.seconds_high / 60)];
  const range = low < 1 ? t("waiting.at_most", { count: high }) : t("waiting.range", { low: number(low), count: high });
  return `${range} ${t(`waiting.basis_${wait.basis}`, { count: Math.round(wait.per_minute) })}`;
}

export function nearFront({ ahead, wait }: Place): boolean {
  return ahead <= NEAR_PEOPLE || (wait ? wait.seconds_low <= NEAR_SECONDS : false);
}
