// What the fan has chosen. Every change is sent at once; what counts is the hold the server answers with.

import { api, freshKey, ok, patiently } from "../../../lib/api";
import type { components } from "../../../lib/contract";
import { Problem } from "../../../lib/problem";

type Schemas = components["schemas"];
export type Hold = Schemas["HoldBody"];
export type Item = Schemas["ItemBody"];
type Wanted = Schemas["ChoiceBody"];

export interface ChoiceOptions {
  path: { params: { path: { sale: string } } };
  max: number;
  hold: Hold | null;
  /** A refusal, or the server being too busy for the moment; null when all is well again. */
  onProblem: (problem: Problem | null) => void;
  /** One more than allowed was asked for. */
  onLimit: () => void;
}

export class Choice {
  readonly max: number;
  /** As the server keeps it. */
  hold = $state.raw<Hold | null>(null);
  /** As wished; on its way to the server while `busy`. */
  seats = $state.raw<ReadonlySet<number>>(new Set());
  areas = $state.raw<ReadonlyMap<number, number>>(new Map());
  busy = $state(false);
  readonly #options: ChoiceOptions;
  #again = false;

  constructor(options: ChoiceOptions) {
    this.#options = options;
    this.max = options.max;
    this.#adopt(options.hold);
  }

  get count(): number {
    return this.seats.size + [...this.areas.values()].reduce((sum, count) => sum + count, 0);
  }

  get items(): Item[] { return this.hold?.items ?? []; }


  toggle(seat: number): Promise<void> {
    const seats = new Set(this.seats);
    if (!seats.delete(seat)) {
      if (this.count >= this.max) return this.#limit();
      seats.add(seat);
    }
    this.seats = seats;
    return this.#send();
  }

  setArea(area: number, count: number): Promise<void> {
    if (this.count - this.inArea(area) + count > this.max) return this.#limit();
    const areas = new Map(this.areas);
    if (count > 0) areas.set(area, count);
    else areas.delete(area);
    this.areas = areas;
    return this.#send();
  }

  inArea(area: number): number { return this.areas.get(area) ?? 0; }

  /** Takes one ticket back. */
  remove({ seat, area }: Item): Promise<void> {
    if (typeof seat === "number") return this.seats.has(seat) ? this.toggle(seat) : Promise.resolve();
    return typeof area === "number" ? this.setArea(area, Math.max(this.inArea(area) - 1, 0)) : Promise.resolve();
  }

  /** Lets the server choose; replaces what was chosen before. True if it has found something. */
  async best(wish: Schemas["Wish"]): Promise<boolean> {
    if (this.busy) return false;
    const found = await this.#exchange({ best_available: wish });
    // What was clicked meanwhile was clicked on seats that are not chosen any more: what the server holds counts.
    if (this.#again) {
      this.#again = false;
      this.#adopt(this.hold);
    }
    return found;
  }

  #limit(): Promise<void> {
    this.#options.onLimit();
    return Promise.resolve();
  }

  #adopt(hold: Hold | null): void {
    this.hold = hold && hold.items.length > 0 ? hold : null;
    this.seats = new Set(this.items.flatMap(({ seat }) => (typeof seat === "number" ? [seat] : [])));
    const areas = new Map<number, number>();
    for (const { seat, area } of this.items) {
      if (typeof seat !== "number" && typeof area === "number") areas.set(area, (areas.get(area) ?? 0) + 1);
    }
    this.areas = areas;
  }

  /** Clicks made while a request is on its way become one request after it. */
  async #send(): Promise<void> {
    this.#again = true;
    if (this.busy) return;
    while (this.#again) {
      this.#again = false;
      if (!(await this.#exchange(this.#wanted()))) this.#again = false;
    }
  }

  #wanted(): Wanted | null {
    if (this.count === 0) return null;
    return { seats: [...this.seats], areas: [...this.areas].map(([area, count]) => ({ area, count })) };
  }

  async #exchange(wanted: Wanted | null): Promise<boolean> {
    if (!wanted && !this.hold) return true; // nothing to give back
    const { path, onProblem } = this.#options;
    this.busy = true;
    try {
      const hold = await patiently(this.#request(wanted, path), onProblem);
      onProblem(null);
      if (this.#again) this.hold = hold;
      else this.#adopt(hold);
      return true;
    } catch (problem) {
      this.#adopt(this.hold);
      if (!(problem instanceof Problem)) throw problem;
      onProblem(problem);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The same key however often it is repeated. */
  #request(wanted: Wanted | null, { params }: ChoiceOptions["path"]): () => Promise<Hold | null> {
    if (!wanted) return () => ok(api.DELETE("/v1/sales/{sale}/hold", { params })).then(() => null);
    const header = { "Idempotency-Key": freshKey() };
    return () => ok(api.PUT("/v1/sales/{sale}/hold", { params: { ...params, header }, body: wanted }));
  }
}
