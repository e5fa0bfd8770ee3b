// The state of a gate's page: the verdict it shows, the queue, the network, what it knows of tonight.

import * as clock from "../../lib/clock";
import { t } from "../../lib/i18n";
import { say } from "../../lib/say";
import { checkIn } from "./answer";
import { fetchKeys, fetchSales, nearestFirst, planOf, remember, type Known, type OwnSale } from "./evening";
import { Gate, type Verdict } from "./gate";
import { openKeep, type Keep } from "./keep";
import { Queue, type Conflict } from "./queue";
import { allowSound, signal } from "./signals";

const DRAIN_EVERY_MS = 5_000;
const SEEN_MS = 48 * 3_600_000;
const FEELING: Record<Verdict["kind"], "good" | "ask" | "bad"> = {
  in: "good", again: "ask", other: "ask", unchecked: "ask", signed_out: "ask", no: "bad",
};

export class Booth {
  verdict = $state.raw<Verdict | null>(null);
  /** Grows with each verdict, so that the same one again is seen as a new one. */
  turn = $state(0);
  busy = $state(false);
  waiting = $state(0);
  conflicts = $state.raw<Conflict[]>([]);
  online = $state(true);
  signedOut = $state(false);
  sound = $state(true);
  sale = $state<string | null>(null);
  known = $state.raw<Known>({ keys: [], sales: [], plan: null });
  readonly lasting: boolean;
  readonly #keep: Keep;
  readonly #queue: Queue;
  readonly #gate: Gate;

  constructor(keep: Keep) {
    this.#keep = keep;
    this.lasting = keep.lasting;
    this.#queue = new Queue(keep, checkIn, clock.now);
    this.#queue.onchange = () => {
      this.waiting = this.#queue.entries.length;
      this.conflicts = this.#queue.conflicts;
    };
    this.#gate = new Gate({
      queue: this.#queue, keep, keys: () => this.known.keys, now: clock.now, online: () => navigator.onLine, sale: () => this.sale,
    });
  }

  static async open(): Promise<Booth> {
    const keep = await openKeep();
    const booth = new Booth(keep);
    booth.known = await remember(keep);
    booth.sale = await keep.fact<string>("sale");
    booth.sound = (await keep.fact<boolean>("sound")) ?? true;
    await Promise.all([booth.#queue.load(), keep.forgetSeen(clock.now() - SEEN_MS)]);
    return booth;
  }

  get sales(): OwnSale[] {
    return nearestFirst(this.known.sales, clock.now());
  }

  /** Works until the returned function is called. */
  start(): () => void {
    const back = (): void => {
      this.#gate.reached(true);
      void this.refresh();
    };
    const look = (): void => { this.online = !this.#gate.alone; };
    const ticking = setInterval(look, 1_000);
    const draining = setInterval(() => void this.drain(), DRAIN_EVERY_MS);
    addEventListener("online", back);
    addEventListener("offline", look);
    void this.refresh();
    look();
    return () => {
      clearInterval(ticking);
      clearInterval(draining);
      removeEventListener("online", back);
      removeEventListener("offline", look);
    };
  }

  /** Fetches what a night without a network needs, and sends what waits. What cannot be had now stays as it was. */
  async refresh(): Promise<void> {
    const [keys, sales] = await Promise.allSettled([fetchKeys(this.#keep), fetchSales(this.#keep)]);
    this.known = {
      ...this.known,
      ...(keys.status === "fulfilled" ? { keys: keys.value } : {}),
      ...(sales.status === "fulfilled" ? { sales: sales.value } : {}),
    };
    await Promise.all([this.#learnHall(), this.drain()]);
  }

  async choose(sale: string | null): Promise<void> {
    this.sale = sale;
    this.known = { ...this.known, plan: null };
    await this.#keep.putFact("sale", sale);
    await this.#learnHall();
  }

  async scan(code: string, insist = false): Promise<void> {
    if (this.busy || !code.trim()) return;
    this.busy = true;
    try {
      this.verdict = await this.#gate.scan(code, insist);
      this.turn += 1;
      this.signedOut = this.verdict.kind === "signed_out";
      this.online = !this.#gate.alone;
      signal(FEELING[this.verdict.kind], this.sound);
    } finally {
      this.busy = false;
    }
  }

  /** Sends what waits, in order. */
  async drain(): Promise<void> {
    if (this.#queue.entries.length === 0 || !navigator.onLine || this.signedOut) return;
    const how = await this.#queue.drain();
    this.signedOut = how === "signed_out";
    if (how !== "empty") return;
    this.#gate.reached(true);
    this.online = true;
    say(t("gate.queue_sent"));
  }

  async signedIn(): Promise<void> {
    this.signedOut = false;
    this.verdict = null;
    await this.refresh();
  }

  dismiss(conflict: Conflict): Promise<void> {
    return this.#queue.dismiss(conflict);
  }

  async setSound(on: boolean): Promise<void> {
    this.sound = on;
    if (on) allowSound();
    await this.#keep.putFact("sound", on);
  }

  async #learnHall(): Promise<void> {
    const sale = this.sale;
    if (!sale) return;
    const plan = await planOf(this.#keep, sale);
    if (this.sale === sale) this.known = { ...this.known, plan };
  }
}
