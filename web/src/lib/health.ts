// From where on a figure of the server is worth a look: the cockpit and the operator's page say the same.

/** Calls of the last seconds. */
export interface Calls { count: number; failed: number; p99_ms: number }

/** From here on a queue is worth a look, and from there on it is about to refuse. */
export const HALF_FULL = 0.5;
export const NEARLY_FULL = 0.85;
/** A commit above this is felt by fans. */
export const COMMIT_SLOW_MS = 100;
const PROVIDER_CALLS_MIN = 5;
const PROVIDER_FAILS = 0.1;
const PROVIDER_SLOW_MS = 3_000;

export const fullness = ({ waiting, max }: { waiting: number; max: number }): number => (max > 0 ? waiting / max : 0);

export const commitsSlow = ({ p99_ms: ms }: Pick<Calls, "p99_ms">): boolean => ms > COMMIT_SLOW_MS;

/** What is wrong with the payment provider, as far as a few calls can tell. */
export function providerTrouble({ count, failed, p99_ms: ms }: Calls): { kind: "failing"; percent: number } | { kind: "slow"; ms: number } | null {
  if (count < PROVIDER_CALLS_MIN) return null;
  if (failed / count >= PROVIDER_FAILS) return { kind: "failing", percent: Math.round((100 * failed) / count) };
  return ms > PROVIDER_SLOW_MS ? { kind: "slow", ms: Math.round(ms) } : null;
}
