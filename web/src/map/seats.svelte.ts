// The state of every seat of a sale, kept up to date from a snapshot and the changes after it.

import { api, ok } from "../lib/api";
import type { Live, SeatChanges, Seats as Snapshot, Stock } from "../lib/live";
import type { Plan } from "./plan";
import { FREE, HELD, type Changed } from "./states";

export class Seats {
  readonly states: Uint8Array;
  /** Free seats of each row. */
  readonly freeInRow: Uint32Array;
  areas: Stock[] = $state.raw([]);
  /** Grows with every change: reading it makes an effect follow the seats. */
  revision = $state(0);
  version = -1;
  readonly #sale: string;
  readonly #live: Live;
  readonly #plan: Plan;
  readonly #hearers = new Set<(changed: Changed) => void>();
  #fetching = false;
  #missed = false;

  constructor({ sale, plan, live }: { sale: string; plan: Plan; live: Live }) {
    this.#sale = sale;
    this.#live = live;
    this.#plan = plan;
    this.states = new Uint8Array(plan.seats.length);
    this.freeInRow = Uint32Array.from(plan.rows, ({ seats }) => seats);
    live.on("seats", (whole) => this.#replace(whole));
    live.on("seat_changes", (changes) => this.#apply(changes));
    live.on("seats_stale", () => void this.refresh().catch(() => null));
  }

  /** Hears of changes; returns a function that ends it. */
  onChange(hear: (changed: Changed) => void): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  isFree(seat: number): boolean { return this.states[seat] === FREE; }

  /** Fetches the whole: at the start, and when a change was missed. */
  async refresh(): Promise<void> {
    this.#missed = true;
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      // Once more, if a change was missed while the whole was on its way.
      while (this.#missed) {
        this.#missed = false;
        this.#replace((await ok(api.GET("/v1/sales/{sale}/seats", { params: { path: { sale: this.#sale } } }))) as Snapshot);
      }
    } finally {
      this.#fetching = false;
    }
  }

  /** What an answer has told before the next change does: these are taken. */
  markTaken(seats: readonly number[]): void {
    this.#set(seats.filter((seat) => this.isFree(seat)).map((seat) => [seat, HELD]));
  }

  #set(changes: readonly [number, number][]): void {
    for (const [seat, state] of changes) {
      const by = Number(state === FREE) - Number(this.states[seat] === FREE);
      if (by !== 0) this.freeInRow[this.#plan.seats.columns.row[seat]!]! += by;
      this.states[seat] = state;
    }
    this.#tell(changes);
  }

  #replace({ version, seats, areas }: Snapshot): void {
    if (version < this.version) return;
    const bytes = atob(seats);
    this.freeInRow.fill(0);
    this.#plan.seats.columns.row.forEach((row, seat) => {
      const state = (bytes.charCodeAt(seat >> 2) >> ((seat & 3) * 2)) & 3;
      this.states[seat] = state;
      if (state === FREE) this.freeInRow[row]! += 1;
    });
    this.#now(version, areas);
    this.#tell(null);
  }

  #apply({ from, version, changes, areas }: SeatChanges): void {
    if (version <= this.version) return;
    // A change carries the state itself, so overlapping is harmless; only a gap loses something.
    if (from > this.version) return void this.refresh().catch(() => null);
    this.#now(version, areas);
    this.#set(changes);
  }

  #now(version: number, areas: Stock[] | undefined): void {
    this.version = version;
    this.#live.version = version;
    if (areas) this.areas = areas;
  }

  #tell(changed: Changed): void {
    this.revision += 1;
    for (const hear of this.#hearers) hear(changed);
  }
}
