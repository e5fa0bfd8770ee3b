// An invented sale that sells itself out, and one fan in its line.

import { inventPlan } from "./plan.mjs";

const PRICES = { EUR: [9900, 6900, 4900, 3900], KRW: [154000, 121000, 99000, 88000] };

export class MockSale {
  constructor({ id, name, venue, zone, currency, opensInMs, speed = 1 }) {
    this.id = id;
    this.plan = inventPlan();
    this.speed = speed;
    this.opensAt = Date.now() + opensInMs;
    this.facts = {
      id, event: { id: `event_${id}`, name }, performance: { id: `perf_${id}`, starts_at: new Date(Date.now() + 40 * 86_400_000).toISOString(), time_zone: zone },
      venue: { id: "venue_1", name: venue }, opens_at_ms: this.opensAt, tickets_per_buyer_max: 3, select_seconds: 600, pay_seconds: 420, currency,
      price_levels: this.plan.price_levels.map((level, index) => ({ index, ...level, price: { amount: PRICES[currency][index], currency } })),
      capacity: this.plan.seats.length + 300,
    };
    this.states = new Uint8Array(this.plan.seats.length);
    this.area = { free: 300, held: 0, sold: 0, blocked: 0 };
    this.version = 1;
    this.log = [];
    this.line = { last: 0, admitted: 0 };
    this.orders = 0;
    this.paused = false;
    this.place = null;
    this.order = null;
    this.fail = null; // the code the next hold is refused with
  }

  get stage() {
    if (Date.now() < this.opensAt) return "scheduled";
    if (this.paused) return "paused";
    const left = this.states.some((state) => state < 2) || this.area.free + this.area.held > 0;
    return left ? "open" : "sold_out";
  }

  set(seat, state) {
    this.states[seat] = state;
    this.version += 1;
    this.log.push([this.version, seat, state]);
  }

  /** Sells everything at once. */
  sellOut() {
    this.states.fill(2);
    this.area = { free: 0, held: 0, sold: 300, blocked: 0 };
    this.line = { last: 8412, admitted: 1180 };
    this.orders = 1104;
    this.version += 1;
  }

  /** One step of the evening: arrivals, holds, payments, some abandoned. */
  tick() {
    if (this.stage !== "open") return [];
    const before = this.version;
    const crowd = Math.ceil(60 * this.speed * Math.exp(-(Date.now() - this.opensAt) / 20_000));
    this.line.last += crowd;
    this.line.admitted = Math.min(this.line.last, this.line.admitted + Math.ceil(6 * this.speed));
    const pick = (state) => {
      const start = Math.floor(Math.random() ** 1.6 * this.states.length);
      for (let i = 0; i < this.states.length; i += 1) {
        const seat = (start + i) % this.states.length;
        if (this.states[seat] === state && !this.mine?.has(seat)) return seat;
      }
      return -1;
    };
    for (let i = 0; i < Math.ceil(9 * this.speed); i += 1) { const seat = pick(0); if (seat >= 0) this.set(seat, 1); }
    const held = this.states.reduce((sum, state) => sum + (state === 1), 0);
    const pay = held > 120 * this.speed ? 9 * this.speed : this.states.includes(0) ? 5 * this.speed : 14 * this.speed;
    for (let i = 0; i < pay; i += 1) { const seat = pick(1); if (seat >= 0) { this.set(seat, 2); this.orders += i % 2; } }
    if (Math.random() < 0.5) { const seat = pick(1); if (seat >= 0) this.set(seat, 0); }
    const sold = Math.min(this.area.held, 2);
    this.area.held -= sold;
    this.area.sold += sold;
    const more = Math.min(this.area.free, 2);
    this.area.free -= more;
    this.area.held += more;
    this.movePlace();
    return this.log.filter(([version]) => version > before).map(([, seat, state]) => [seat, state]);
  }

  get mine() { return this.place?.hold ? new Set(this.place.hold.items.map((item) => item.seat)) : null; }

  movePlace() {
    const place = this.place;
    if (place?.stage === "waiting" && !place.frozen) {
      place.ahead = Math.max(place.ahead - Math.ceil(place.ahead / 12), 0);
      if (place.ahead === 0) Object.assign(place, { stage: "admitted", deadline_ms: Date.now() + 120_000 });
    }
  }

  placeNow() { return this.place && { hold: null, order: null, deadline_ms: null, ...this.place, server_time_ms: Date.now() }; }

  status() {
    const stock = this.facts.price_levels.map(({ index }) => ({ level: index, free: 0, held: 0, sold: 0, blocked: 0 }));
    this.plan.seats.forEach(({ level }, seat) => { stock[level][["free", "held", "sold", "blocked"][this.states[seat]]] += 1; });
    for (const name of ["free", "held", "sold"]) stock[3][name] += this.area[name];
    const taken = stock.reduce((sum, one) => sum + one.sold * this.facts.price_levels[one.level].price.amount, 0);
    const money = (amount) => ({ amount, currency: this.facts.currency });
    const { last, admitted } = this.line;
    const over = this.stage === "sold_out";
    return { server_time_ms: Date.now(), stage: this.stage, opens_at_ms: this.opensAt,
      line: { last_number: last, admitted_through: admitted, waiting: over ? 0 : last - admitted, active: over ? 0 : Math.min(400, admitted), admitted_total: admitted },
      stock, capacity: this.facts.capacity, orders_paid: this.orders, tickets_sold: stock.reduce((sum, one) => sum + one.sold, 0),
      taken: money(taken), refunded: money(0), version: this.version };
  }

  /** The seats changed since a version. */
  changes(since) {
    return { version: this.version, changes: this.log.filter(([version]) => version > since).map(([, seat, state]) => [seat, state]), areas: [this.area] };
  }

  seats() {
    const bytes = Buffer.alloc(Math.ceil(this.states.length / 4));
    this.states.forEach((state, seat) => { bytes[seat >> 2] |= state << ((seat & 3) * 2); });
    return { version: this.version, seats: bytes.toString("base64"), areas: [this.area] };
  }

  item(seat) {
    const { row, number, level } = this.plan.seats[seat];
    const { section, name } = this.plan.rows[row];
    return { seat, section: this.plan.sections[section].name, row: name, number, level, price: this.facts.price_levels[level].price };
  }

  /** A hold as the API answers it, or the code of the refusal. */
  hold({ seats = [], areas = [], best_available: best }) {
    let wanted = seats;
    if (best) {
      const free = (seat) => this.states[seat] === 0 && (best.level === null || this.plan.seats[seat].level === best.level);
      const first = this.plan.seats.findIndex((one, seat) => Array.from({ length: best.count }, (_, i) => seat + i).every((s) => free(s) && this.plan.seats[s].row === one.row));
      if (first < 0) return "no_adjacent_seats";
      wanted = Array.from({ length: best.count }, (_, i) => first + i);
    }
    const old = this.mine ?? new Set();
    const taken = wanted.filter((seat) => this.states[seat] !== 0 && !old.has(seat));
    if (this.fail || taken.length > 0) {
      const code = this.fail ?? "seat_taken";
      this.fail = null;
      return code;
    }
    this.release();
    for (const seat of wanted) this.set(seat, 1);
    const items = [...wanted.map((seat) => this.item(seat)),
      ...areas.flatMap(({ area, count }) => Array(count).fill({ area, name: "Arena", level: 3, price: this.facts.price_levels[3].price }))];
    const total = { amount: items.reduce((sum, { price }) => sum + price.amount, 0), currency: this.facts.currency };
    this.place.hold = { hold: this.version, items, total, deadline_ms: this.place.deadline_ms, server_time_ms: Date.now() };
    return this.place.hold;
  }

  release() {
    for (const seat of this.mine ?? []) if (seat !== undefined) this.set(seat, 0);
    if (this.place) this.place.hold = null;
  }
}
