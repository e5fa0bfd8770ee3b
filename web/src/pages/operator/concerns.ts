// What an operator has to look at, from the server's own figures.

import type { components } from "../../lib/contract";
import { commitsSlow, fullness, HALF_FULL, NEARLY_FULL, providerTrouble } from "../../lib/health";

type Operations = components["schemas"]["OperationsBody"];
export interface Concern { key: string; level: "bad" | "watch"; values: Record<string, string | number> }

/** The queue that everybody who logs in goes through. */
const PASSWORDS = "password_hashes";

export function concerns({ queues, sales, provider }: Operations): Concern[] {
  const found: Concern[] = [];
  const queue = (name: string, inbox: { waiting: number; max: number }): void => {
    const share = fullness(inbox);
    if (share >= HALF_FULL) found.push({ key: "queue", level: share >= NEARLY_FULL ? "bad" : "watch", values: { name, percent: Math.round(share * 100) } });
  };
  for (const { name, waiting, max } of queues) {
    if (name !== PASSWORDS) queue(name, { waiting, max });
    else if (fullness({ waiting, max }) >= HALF_FULL) found.push({ key: "hashes", level: "watch", values: { count: waiting } });
  }
  for (const { name, id, inbox, commits, pace_permille: permille } of sales) {
    queue(`${name} (${id})`, inbox);
    if (commits.failed > 0) found.push({ key: "commits_failed", level: "bad", values: { name, count: commits.failed } });
    if (permille < 1_000) found.push({ key: "slowed", level: "watch", values: { name, percent: Math.round(permille / 10) } });
    if (commitsSlow(commits)) found.push({ key: "commits_slow", level: "watch", values: { name, ms: Math.round(commits.p99_ms) } });
  }
  const trouble = providerTrouble(provider);
  if (trouble?.kind === "failing") found.push({ key: "provider_failing", level: "bad", values: { percent: trouble.percent } });
  if (trouble?.kind === "slow") found.push({ key: "provider_slow", level: "watch", values: { ms: trouble.ms } });
  return [...found.filter(({ level }) => level === "bad"), ...found.filter(({ level }) => level === "watch")];
}
