// Everything the cockpit follows: the live status, the last minutes, the seats, payments, and the server for operators.

import { api, ok } from "../../../lib/api";
import * as clock from "../../../lib/clock";
import type { components } from "../../../lib/contract";
import { Live, type LinkState, type Status } from "../../../lib/live";
import { session } from "../../../lib/session.svelte";
import type { Facts, Payments } from "./alarms";
import { Heat, type Zone } from "./heat";
import { Minutes, type Sample } from "./minutes";

type Schemas = components["schemas"];
export type Sale = Schemas["SaleBody"];
export type Plan = Schemas["PlanBody"];

const TICK_MS = 2_000;
const PAYMENTS_EVERY_MS = 12_000;
const ORDERS_LOOKED_AT = 100;

export class Watch {
  status = $state.raw<Status | null>(null);
  link = $state<LinkState>("reconnecting");
  sale = $state.raw<Sale | null>(null);
  plan = $state.raw<Plan | null>(null);
  zones = $state.raw<Zone[]>([]);
  payments = $state.raw<Payments | null>(null);
  operations = $state.raw<Schemas["OperationsBody"] | null>(null);
  /** What the last check of the invariants said; null before one. */
  sound = $state<boolean | null>(null);
  /** Server time of the last look. */
  now = $state(0);
  minutes = $state.raw<{ samples: Sample[]; table: Sample[]; admittedPerMinute: number | null; soldPerMinute: number | null; secondsInside: number | null }>(
    { samples: [], table: [], admittedPerMinute: null, soldPerMinute: null, secondsInside: null },
  );
  readonly id: string;
  #minutes: Minutes;
  #heat: Heat | null = null;
  #live: Live | null = null;
  #unlinkedSince: number | null = null;
  #admittedAt = { total: -1, atMs: 0 };

  constructor(id: string) {
    this.id = id;
    this.#minutes = new Minutes(kept(id));
  }

  /** Follows the sale until the returned function is called. */
  start(): () => void {
    const live = new Live({ sale: this.id, seats: true });
    this.#live = live;
    live.on("link", (link) => {
      this.link = link;
      this.#unlinkedSince = link === "live" ? null : (this.#unlinkedSince ?? performance.now());
    });
    live.on("status", (status) => this.#hear(status));
    live.on("seats", (seats) => {
      this.#heat?.replace(seats);
      this.#tellZones();
    });
    live.on("seat_changes", (changes) => {
      if (this.#heat?.change(changes) === false) void this.#fetchSeats();
      else this.#tellZones();
    });
    live.on("seats_stale", () => void this.#fetchSeats());
    live.start();
    void this.#load();
    const ticking = setInterval(() => this.#tick(), TICK_MS);
    const paying = setInterval(() => void this.#lookAtPayments(), PAYMENTS_EVERY_MS);
    const keep = (): void => store(this.id, this.#minutes.samples);
    addEventListener("pagehide", keep);
    return () => {
      keep();
      live.stop();
      clearInterval(ticking);
      clearInterval(paying);
      removeEventListener("pagehide", keep);
    };
  }

  /** What the alarms are derived from. */
  get facts(): Facts | null {
    const { status } = this;
    if (!status) return null;
    const health = this.operations?.sales.find(({ id }) => id === this.id);
    return {
      status,
      unlinkedMs: this.#unlinkedSince === null ? 0 : performance.now() - this.#unlinkedSince,
      stalledMs: status.stage === "open" && status.line.waiting > 0 ? this.now - this.#admittedAt.atMs : 0,
      payments: this.payments,
      commits: health?.commits ?? null,
      inbox: health?.inbox ?? null,
      provider: this.operations?.provider ?? null,
      sound: this.sound,
    };
  }

  #hear(status: Status): void {
    this.status = status;
    this.#measure();
  }

  #measure(): void {
    const { status } = this;
    if (!status) return;
    this.now = clock.now();
    const { admitted_total: total, waiting } = status.line;
    if (total !== this.#admittedAt.total || status.stage !== "open" || waiting === 0) this.#admittedAt = { total, atMs: this.now };
    this.#minutes.take(status, this.now);
    const { samples, admittedPerMinute, soldPerMinute, secondsInside } = this.#minutes;
    this.minutes = { samples, table: this.#minutes.table(), admittedPerMinute, soldPerMinute, secondsInside };
  }

  #tick(): void {
    if (document.visibilityState !== "visible") return;
    // Without a connection nothing is known of this moment: a flat line would be a lie.
    if (this.link === "live") this.#measure();
    else this.now = clock.now();
    if (session.account?.role === "operator") void this.#lookAtServer();
  }

  async #load(): Promise<void> {
    const params = { params: { path: { sale: this.id } } };
    void this.#lookAtPayments();
    const [sale, plan] = await Promise.allSettled([ok(api.GET("/v1/sales/{sale}", params)), ok(api.GET("/v1/sales/{sale}/plan", params))]);
    if (sale.status === "fulfilled") this.sale = sale.value;
    if (plan.status === "rejected") return;
    this.#heat = new Heat(plan.value);
    this.plan = plan.value;
    await this.#fetchSeats();
  }

  async #fetchSeats(): Promise<void> {
    const heat = this.#heat;
    if (!heat) return;
    const seats = await ok(api.GET("/v1/sales/{sale}/seats", { params: { path: { sale: this.id } } })).catch(() => null);
    if (seats && seats.version >= heat.version) heat.replace(seats);
    this.#tellZones();
  }

  #tellZones(): void {
    if (!this.#heat) return;
    this.zones = this.#heat.zones();
    if (this.#live) this.#live.version = this.#heat.version;
  }

  async #lookAtPayments(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    const query = { limit: ORDERS_LOOKED_AT };
    const page = await ok(api.GET("/v1/sales/{sale}/orders", { params: { path: { sale: this.id }, query } })).catch(() => null);
    if (!page) return;
    const count = (...stages: string[]): number => page.orders.filter(({ stage }) => stages.includes(stage)).length;
    this.payments = {
      looked: page.orders.length, paid: count("paid", "refunded", "refund_pending"), paying: count("paying"), lapsed: count("expired"),
      refunds: count("refund_pending"), more: Boolean(page.next),
    };
  }

  async #lookAtServer(): Promise<void> {
    this.operations = await ok(api.GET("/v1/operations")).catch(() => this.operations);
  }
}

const keyOf = (sale: string): string => `minutes ${sale}`;

/** The minutes before the page was loaded again. */
function kept(sale: string): Sample[] {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(sale)) ?? "[]") as Sample[];
  } catch {
    return [];
  }
}

function store(sale: string, samples: Sample[]): void {
  try { sessionStorage.setItem(keyOf(sale), JSON.stringify(samples)); } catch { /* then the drawing begins anew */ }
}
