// What somebody has to look at now, from everything that is known of the sale. Pure: the facts in, the alarms out.

import { commitsSlow, fullness, NEARLY_FULL, providerTrouble, type Calls } from "../../../lib/health";
import type { Status } from "../../../lib/live";

export interface Alarm {
  /** `cockpit.alarm.KEY` says what it is, `cockpit.alarm.KEY.do` what to do. */
  key: string;
  level: "bad" | "watch";
  values?: Record<string, string | number>;
}

/** Orders by what became of them, of the latest ones. */
export interface Payments { looked: number; paid: number; paying: number; lapsed: number; refunds: number; more: boolean }

export interface Facts {
  status: Status;
  /** For how long the socket has been gone. */
  unlinkedMs: number;
  /** For how long nobody was let in although people wait and the sale is open. */
  stalledMs: number;
  payments: Payments | null;
  /** Operators alone know these. */
  commits: Calls | null;
  inbox: { waiting: number; max: number } | null;
  provider: Calls | null;
  sound: boolean | null;
}

const UNLINKED_MS = 8_000;
const STALLED_MS = 60_000;
const UNPAID_MIN = 20;
const LAPSED_MIN = 10;
const NEARLY_GONE = 0.05;

/** The worst first. */
export function alarms(facts: Facts): Alarm[] {
  const found = [...ofServer(facts), ...ofPayments(facts), ...ofSale(facts)];
  return [...found.filter(({ level }) => level === "bad"), ...found.filter(({ level }) => level === "watch")];
}

function ofServer({ status, unlinkedMs, commits, inbox, sound }: Facts): Alarm[] {
  const found: Alarm[] = [];
  const say = (level: Alarm["level"], key: string, values?: Alarm["values"]): void => void found.push({ key, level, ...(values ? { values } : {}) });
  if (unlinkedMs > UNLINKED_MS) say("bad", "unlinked");
  if (sound === false) say("bad", "unsound");
  if (status.pace_permille === 0) say("bad", "throttled_stop");
  else if (status.pace_permille < 1_000) say("watch", "throttled", { percent: Math.round(status.pace_permille / 10) });
  if (commits && commits.failed > 0) say("bad", "commits_failed", { count: commits.failed });
  if (commits && commitsSlow(commits)) say("watch", "commits_slow", { count: Math.round(commits.p99_ms) });
  if (inbox && fullness(inbox) >= NEARLY_FULL) say("bad", "inbox_full", { percent: Math.round(100 * fullness(inbox)) });
  return found;
}

function ofPayments({ status, payments, provider }: Facts): Alarm[] {
  const found: Alarm[] = [];
  const trouble = provider && providerTrouble(provider);
  if (trouble?.kind === "failing") found.push({ key: "provider_failing", level: "bad", values: { percent: trouble.percent } });
  if (trouble?.kind === "slow") found.push({ key: "provider_slow", level: "watch", values: { seconds: Math.round(trouble.ms / 1_000) } });
  if (!payments) return found;
  const ended = payments.paid + payments.lapsed;
  if (payments.lapsed >= LAPSED_MIN && payments.lapsed / ended >= 0.3) found.push({ key: "lapsing", level: "bad", values: { count: payments.lapsed, of: ended } });
  // Most of those who are inside stand before the payment page: it is there that it sticks.
  if (payments.paying >= Math.max(UNPAID_MIN, 0.6 * status.line.active)) found.push({ key: "unpaid", level: "watch", values: { count: payments.paying } });
  return found;
}

function ofSale({ status, stalledMs }: Facts): Alarm[] {
  const found: Alarm[] = [];
  const { waiting } = status.line;
  const free = status.stock.reduce((sum, stock) => sum + stock.free, 0);
  const onSale = status.stock.reduce((sum, stock) => sum + stock.free + stock.held + stock.sold, 0);
  if (status.stage === "paused") found.push({ key: "paused", level: "watch" });
  if (status.stage !== "open") return found;
  if (stalledMs > STALLED_MS) found.push({ key: "stalled", level: "bad", values: { count: waiting } });
  if (free > 0 && free <= NEARLY_GONE * onSale) found.push({ key: "nearly_gone", level: "watch", values: { count: free } });
  const hopeless = typeof status.hopeless_from === "number" ? waiting - status.hopeless_from : 0;
  if (hopeless > 0) found.push({ key: "hopeless", level: "watch", values: { count: hopeless } });
  return found;
}
