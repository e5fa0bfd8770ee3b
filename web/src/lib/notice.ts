// A problem as the reader sees it: what happened, and what to do next.

import { has, language, t } from "./i18n";
import type { Problem } from "./problem";

/** What happened. The server's sentence in English, ours for the same code in another language. */
export function whatHappened(problem: Problem): string {
  const ours = has(`problem.${problem.code}`) ? t(`problem.${problem.code}`) : "";
  return (language === "en" ? problem.detail || ours : ours || problem.detail) || t("problem.unknown");
}

/** What to do next. */
export function whatNext(problem: Problem): string {
  if (has(`next.${problem.code}`)) return t(`next.${problem.code}`);
  return t(problem.passing ? "next.passing" : "next.default");
}
