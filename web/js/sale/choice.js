// What the fan has chosen. Every change is sent at once; what counts is the hold the server answers with.

import { Problem, call, freshKey, patiently } from "../api.js";

/**
 * Events: `change` after every step (wished, kept, refused), `problem` with the problem (null clears it),
 * `limit` when one more than allowed is asked for.
 */
export class Choice extends EventTarget {
  #path;
  #sending = false;
  #again = false;

  constructor({ path, max, hold }) {
    super();
    this.#path = path;
    this.max = max;
    this.#adopt(hold);
  }

  get busy() { return this.#sending; }

  get count() {
    return this.seats.size + [...this.areas.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether the server holds this seat for the fan. */
  holds(seat) { return this.#held.has(seat); }

  #held = new Set();

  #adopt(hold) {
    this.hold = hold?.items?.length > 0 ? hold : null;
    this.seats = new Set();
    this.areas = new Map();
    for (const item of this.hold?.items ?? []) {
      if (item.seat !== undefined && item.seat !== null) this.seats.add(item.seat);
      else this.areas.set(item.area, (this.areas.get(item.area) ?? 0) + 1);
    }
    this.#held = new Set(this.seats);
  }

  toggle(seat) {
    if (!this.seats.delete(seat)) {
      if (this.count >= this.max) return this.#tell("limit");
      this.seats.add(seat);
    }
    return this.#send();
  }

  setArea(area, count) {
    const others = this.count - (this.areas.get(area) ?? 0);
    if (others + count > this.max) return this.#tell("limit");
    if (count > 0) this.areas.set(area, count);
    else this.areas.delete(area);
    return this.#send();
  }

  /** Takes one ticket back. */
  remove(item) {
    if (item.seat !== undefined && item.seat !== null) return this.seats.has(item.seat) ? this.toggle(item.seat) : undefined;
    return this.setArea(item.area, Math.max((this.areas.get(item.area) ?? 0) - 1, 0));
  }

  /** Lets the server choose; replaces what was chosen before. */
  async best(wish) {
    if (this.#sending) return;
    await this.#exchange(() => ({ best_available: wish }));
    this.#tell("change");
  }

  async #send() {
    this.#again = true;
    this.#tell("change");
    if (this.#sending) return;
    // Clicks made while a request is on its way become one request after it.
    while (this.#again) {
      this.#again = false;
      const kept = await this.#exchange(() => this.#wish());
      if (!kept) this.#again = false;
    }
    this.#tell("change");
  }

  #wish() {
    if (this.count === 0) return null;
    return { seats: [...this.seats], areas: [...this.areas].map(([area, count]) => ({ area, count })) };
  }

  async #exchange(content) {
    this.#sending = true;
    const body = content();
    const key = freshKey();
    try {
      const hold = await patiently(
        () => (body ? call("PUT", `${this.#path}/hold`, body, { key }) : call("DELETE", `${this.#path}/hold`)),
        (problem) => this.#tell("problem", problem),
      );
      this.#tell("problem", null);
      if (!this.#again) this.#adopt(hold);
      else this.hold = hold;
      return true;
    } catch (problem) {
      this.#adopt(this.hold);
      if (!(problem instanceof Problem)) throw problem;
      this.#tell("problem", problem);
      return false;
    } finally {
      this.#sending = false;
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
