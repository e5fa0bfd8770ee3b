// The state of every seat of a sale, kept up to date from a snapshot and the changes after it.

import { get } from "../api.js";

export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
export const BLOCKED = 3;

/** Events: `change` with `detail` an array of [seat, state] (or null after a whole snapshot). */
export class Seats extends EventTarget {
  #live;
  #sale;
  #fetching = false;

  constructor({ sale, count, live }) {
    super();
    this.#sale = sale;
    this.#live = live;
    this.states = new Uint8Array(count);
    this.areas = [];
    this.version = -1;
    live.addEventListener("seats", ({ detail }) => this.#replace(detail));
    live.addEventListener("seat_changes", ({ detail }) => this.#apply(detail));
    live.addEventListener("seats_stale", () => this.refresh());
  }

  /** Fetches the whole: at the start, and when a change was missed. */
  async refresh() {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      this.#replace(await get(`/v1/sales/${this.#sale}/seats`));
    } finally {
      this.#fetching = false;
    }
  }

  #replace({ version, seats, areas }) {
    if (version < this.version) return;
    const bytes = atob(seats);
    for (let seat = 0; seat < this.states.length; seat += 1) {
      this.states[seat] = (bytes.charCodeAt(seat >> 2) >> ((seat & 3) * 2)) & 3;
    }
    this.#now(version, areas, null);
  }

  #apply({ from, version, changes, areas }) {
    if (version <= this.version) return undefined;
    // A change carries the state itself, so overlapping is harmless; only a gap loses something.
    if (from > this.version) return this.refresh();
    for (const [seat, state] of changes) this.states[seat] = state;
    return this.#now(version, areas, changes);
  }

  #now(version, areas, changes) {
    this.version = version;
    this.#live.version = version;
    if (areas) this.areas = areas;
    this.dispatchEvent(new CustomEvent("change", { detail: changes }));
  }
}
