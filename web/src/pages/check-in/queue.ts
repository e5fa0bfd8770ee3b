// Check-ins that the server has not confirmed yet. Every scan is written down here before it is sent.

import type { Ticket } from "./code";

/** One attempt to tell the server; `toMs` is null while nobody knows how it ended. */
interface Attempt { fromMs: number; toMs: number | null }

export interface Entry {
  code: string;
  ticket: Ticket;
  scannedAtMs: number;
  /** Attempts that were never answered: the server may have let the holder in all the same. */
  unanswered: Attempt[];
}

/** What became of a check-in that was sent later: somebody went in here who should not have. */
export interface Conflict { ticket: Ticket; scannedAtMs: number; reason: string; usedAtMs: number | null }

/** What the server said about a code, or that it did not. */
export type Answer =
  | { kind: "in" }
  | { kind: "used"; usedAtMs: number | null }
  | { kind: "refused"; reason: string }
  | { kind: "later"; unanswered: boolean }
  | { kind: "signed_out" };

/** Where entries and conflicts outlive the page. */
export interface Keeper {
  entries(): Promise<Entry[]>;
  conflicts(): Promise<Conflict[]>;
  putEntry(entry: Entry): Promise<void>;
  dropEntry(ticket: string): Promise<void>;
  putConflict(conflict: Conflict): Promise<void>;
  dropConflict(ticket: string): Promise<void>;
}

/** The clocks of servers differ by a little. */
const SLACK_MS = 2_000;

export class Queue {
  entries: Entry[] = [];
  conflicts: Conflict[] = [];
  /** Called whenever something here changed. */
  onchange: () => void = () => {};
  readonly #keeper: Keeper;
  readonly #send: (code: string) => Promise<Answer>;
  readonly #now: () => number;
  readonly #sending = new Set<string>();
  /** Attempts for scans that were taken back; the server may have let the holder in all the same. */
  readonly #withdrawn = new Map<string, Attempt[]>();
  #draining = false;

  constructor(keeper: Keeper, send: (code: string) => Promise<Answer>, now: () => number) {
    [this.#keeper, this.#send, this.#now] = [keeper, send, now];
  }

  /** What an earlier page left here. An attempt whose page ended in the middle of it was never answered. */
  async load(): Promise<void> {
    const entries = await this.#keeper.entries();
    this.entries = entries.sort((one, other) => one.scannedAtMs - other.scannedAtMs);
    this.conflicts = await this.#keeper.conflicts();
    this.onchange();
  }

  find(ticket: string): Entry | undefined {
    return this.entries.find((entry) => entry.ticket.id === ticket);
  }

  async add(code: string, ticket: Ticket): Promise<Entry> {
    const entry: Entry = { code, ticket, scannedAtMs: this.#now(), unanswered: [...(this.#withdrawn.get(ticket.id) ?? [])] };
    this.entries = [...this.entries, entry];
    await this.#keeper.putEntry(entry);
    this.onchange();
    return entry;
  }

  async drop(entry: Entry): Promise<void> {
    this.entries = this.entries.filter((one) => one !== entry);
    // What is kept under this ticket may be a later scan's by now.
    if (!this.find(entry.ticket.id)) await this.#keeper.dropEntry(entry.ticket.id);
    this.onchange();
  }

  /** Takes back a scan that nobody was let in on. A later one of the same ticket knows the attempts of this one as its own. */
  async withdraw(entry: Entry): Promise<void> {
    this.#withdrawn.set(entry.ticket.id, entry.unanswered);
    await this.drop(entry);
  }

  /** Sends one entry and settles it. `later`: it stays here. `late` tells whether the person has gone in already. */
  async send(entry: Entry, late: () => boolean): Promise<Answer> {
    if (this.#sending.has(entry.ticket.id)) return { kind: "later", unanswered: false };
    this.#sending.add(entry.ticket.id);
    const attempt: Attempt = { fromMs: this.#now(), toMs: null };
    try {
      entry.unanswered.push(attempt);
      await this.#keeper.putEntry(entry);
      const answer = await this.#send(entry.code);
      attempt.toMs = this.#now();
      return await this.#settle(entry, attempt, answer, late);
    } finally {
      this.#sending.delete(entry.ticket.id);
    }
  }

  /** Sends all, in order, until one has to wait. Says how it ended. */
  async drain(): Promise<"empty" | "later" | "signed_out"> {
    if (this.#draining) return "later";
    this.#draining = true;
    try {
      for (const entry of [...this.entries]) {
        if (this.#sending.has(entry.ticket.id) || !this.entries.includes(entry)) continue;
        const { kind } = await this.send(entry, () => true);
        if (kind === "later" || kind === "signed_out") return kind;
      }
      return "empty";
    } finally {
      this.#draining = false;
    }
  }

  async dismiss(conflict: Conflict): Promise<void> {
    this.conflicts = this.conflicts.filter((one) => one !== conflict);
    await this.#keeper.dropConflict(conflict.ticket.id);
    this.onchange();
  }

  async #settle(entry: Entry, attempt: Attempt, answer: Answer, late: () => boolean): Promise<Answer> {
    if (answer.kind === "later" || answer.kind === "signed_out") {
      if (answer.kind === "signed_out" || !answer.unanswered) entry.unanswered = entry.unanswered.filter((one) => one !== attempt);
      if (this.entries.includes(entry)) await this.#keeper.putEntry(entry);
      return answer;
    }
    const truth = answer.kind === "used" && ownDoing(entry, attempt, answer.usedAtMs) ? { kind: "in" as const } : answer;
    if (truth.kind !== "in" && late()) await this.#quarrel(entry, truth);
    await this.drop(entry);
    return truth;
  }

  async #quarrel(entry: Entry, answer: Exclude<Answer, { kind: "in" | "later" | "signed_out" }>): Promise<void> {
    const used = answer.kind === "used";
    const conflict: Conflict = {
      ticket: entry.ticket, scannedAtMs: entry.scannedAtMs,
      reason: used ? "ticket_already_used" : answer.reason, usedAtMs: used ? answer.usedAtMs : null,
    };
    await this.#keeper.putConflict(conflict);
    this.conflicts = [...this.conflicts, conflict];
  }
}

/** "Used already" may be the echo of an earlier attempt of this very entry whose answer was lost on the way. */
function ownDoing(entry: Entry, now: Attempt, usedAtMs: number | null): boolean {
  if (usedAtMs === null) return false;
  return entry.unanswered.some((one) => one !== now
    && usedAtMs >= one.fromMs - SLACK_MS && usedAtMs <= (one.toMs ?? one.fromMs) + SLACK_MS);
}
