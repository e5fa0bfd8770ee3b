// What a scanned code means at this gate, with a network or without.

import { parse, tidy, type Ticket } from "./code";
import { verify, type PublishedKey } from "./keys";
import type { Keep } from "./keep";
import type { Answer, Queue } from "./queue";

/** What gate staff are told. */
export type Verdict =
  | { kind: "in"; ticket: Ticket; offline: boolean }
  | { kind: "again"; ticket: Ticket; atMs: number | null; here: boolean }
  /** For another performance: not sent, unless somebody says so. */
  | { kind: "other"; ticket: Ticket; code: string }
  /** No network, and this device cannot verify it: not written down, unless somebody says so. */
  | { kind: "unchecked"; ticket: Ticket; code: string }
  | { kind: "no"; ticket: Ticket | null; reason: string }
  | { kind: "signed_out" };

/** A person at the door does not wait longer than this for a network. */
const PATIENCE_MS = 4_000;
/** After a failure the next scans do not wait for the network at all. */
const OFFLINE_FOR_MS = 10_000;
/** A ticket that starts further away than this is for another evening. */
const EVENING_MS = 18 * 3_600_000;

interface Parts {
  queue: Queue;
  keep: Keep;
  keys: () => PublishedKey[];
  now: () => number;
  /** The browser knows of a network. */
  online: () => boolean;
  /** The sale of tonight, or null for any of ours. */
  sale: () => string | null;
  patienceMs?: number;
}

export class Gate {
  readonly #parts: Parts;
  #failedAt = -Infinity;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The network answered or failed, wherever that was noticed. */
  reached(network: boolean): void {
    this.#failedAt = network ? -Infinity : this.#parts.now();
  }

  /** Scans are answered without the network at the moment. */
  get alone(): boolean {
    return !this.#parts.online() || this.#parts.now() - this.#failedAt < OFFLINE_FOR_MS;
  }

  /** Judges a code. `insist`: somebody has decided to let the person in where only that decides. */
  async scan(typed: string, insist = false): Promise<Verdict> {
    const { queue } = this.#parts;
    const code = parse(tidy(typed));
    if (!code) return { kind: "no", ticket: null, reason: "ticket_malformed" };
    const { ticket } = code;
    const waiting = queue.find(ticket.id);
    if (waiting) return { kind: "again", ticket, atMs: waiting.scannedAtMs, here: true };
    if (!insist && this.#isOther(ticket)) return { kind: "other", ticket, code: code.text };
    if (this.alone) return this.#alone(code, insist);

    const entry = await queue.add(code.text, ticket);
    let wentIn = false;
    const answer = await this.#within(queue.send(entry, () => wentIn));
    if (answer.kind === "later") {
      this.reached(false);
      const verdict = await this.#alone(code, insist, entry.scannedAtMs);
      wentIn = verdict.kind === "in";
      if (!wentIn && queue.entries.includes(entry)) await queue.withdraw(entry);
      return verdict;
    }
    this.reached(true);
    return this.#told(answer, ticket, entry.scannedAtMs);
  }

  async #told(answer: Exclude<Answer, { kind: "later" }>, ticket: Ticket, atMs: number): Promise<Verdict> {
    const { queue, keep } = this.#parts;
    switch (answer.kind) {
      case "in":
        await keep.see(ticket.id, atMs);
        return { kind: "in", ticket, offline: false };
      case "used": return { kind: "again", ticket, atMs: answer.usedAtMs, here: false };
      case "refused": return { kind: "no", ticket, reason: answer.reason };
      case "signed_out": {
        const entry = queue.find(ticket.id);
        if (entry) await queue.drop(entry);
        return { kind: "signed_out" };
      }
    }
  }

  /** Without a network. `kept`: the entry is in the queue already, since then. */
  async #alone(code: NonNullable<ReturnType<typeof parse>>, insist: boolean, kept: number | null = null): Promise<Verdict> {
    const { queue, keep, keys, now } = this.#parts;
    const { ticket } = code;
    const seen = await keep.seenAt(ticket.id);
    if (seen !== null) return { kind: "again", ticket, atMs: seen, here: true };
    const checked = await verify(code, keys());
    if (checked === "forged") return { kind: "no", ticket, reason: "ticket_signature_wrong" };
    if (checked === "key_unknown") return { kind: "no", ticket, reason: "ticket_key_unknown" };
    if (checked === "unable" && !insist) return { kind: "unchecked", ticket, code: code.text };
    if (kept === null && !queue.find(ticket.id)) await queue.add(code.text, ticket);
    await keep.see(ticket.id, kept ?? now());
    return { kind: "in", ticket, offline: true };
  }

  #isOther(ticket: Ticket): boolean {
    const sale = this.#parts.sale();
    return sale === null ? Math.abs(ticket.startsAtMs - this.#parts.now()) > EVENING_MS : sale !== ticket.sale;
  }

  #within(answer: Promise<Answer>): Promise<Answer> {
    const patience = new Promise<Answer>((resolve) => {
      setTimeout(() => resolve({ kind: "later", unanswered: true }), this.#parts.patienceMs ?? PATIENCE_MS);
    });
    return Promise.race([answer, patience]);
  }
}
