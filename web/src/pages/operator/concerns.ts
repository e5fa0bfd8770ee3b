// What an operator has to look at, from the server's own figures.

import type { components } from "../../lib/contract";

type Operations = components["schemas"]["OperationsBody"];
export interface Concern { key: string; level: "bad" | "watch"; values: Record<string, string | number> }

/** From here on a queue is worth a look, and from there on it is about to refuse. */
export const HALF_FULL = 0.5;
export const NEARLY_FULL = 0.85;
/** A commit above this is felt by fans. */
export const COMMIT_SLOW_MS = 100;
/** The queue that everybody who logs in goes through. */
const PASSWORDS = "password_hashes";
const PROVIDER_CALLS_MIN = 5;
const PROVIDER_FAILS = 0.1;
const PROVIDER_SLOW_MS = 3_000;

export function concerns({ queues, sales, provider }: Operations): Concern[] {
  const found: Concern[] = [];
  const fullness = (name: string, waiting: number, max: number): void => {
    const share = max > 0 ? waiting / max : 0;
    if (share >= HALF_FULL) found.push({ key: "queue", level: share >= NEARLY_FULL ? "bad" : "watch", values: { name, percent: Math.round(share * 100) } });
  };
  for (const { name, waiting, max } of queues) {
    if (name !== PASSWORDS) fullness(name, waiting, max);
    else if (max > 0 && waiting / max >= HALF_FULL) found.push({ key: "hashes", level: "watch", values: { count: waiting } });
  }
  for (const { name, id, inbox, commits, pace_permille: permille } of sales) {
    fullness(`${name} (${id})`, inbox.waiting, inbox.max);
    if (commits.failed > 0) found.push({ key: "commits_failed", level: "bad", values: { name, count: commits.failed } });
    if (permille < 1_000) found.push({ key: "slowed", level: "watch", values: { name, percent: Math.round(permille / 10) } });
    if (commits.p99_ms > COMMIT_SLOW_MS) found.push({ key: "commits_slow", level: "watch", values: { name, ms: Math.round(commits.p99_ms) } });
  }
  if (provider.count >= PROVIDER_CALLS_MIN) {
    const share = provider.failed / provider.count;
    if (share >= PROVIDER_FAILS) found.push({ key: "provider_failing", level: "bad", values: { percent: Math.round(share * 100) } });
    else if (provider.p99_ms > PROVIDER_SLOW_MS) found.push({ key: "provider_slow", level: "watch", values: { ms: Math.round(provider.p99_ms) } });
  }
  return [...found.filter(({ level }) => level === "bad"), ...found.filter(({ level }) => level === "watch")];
}
