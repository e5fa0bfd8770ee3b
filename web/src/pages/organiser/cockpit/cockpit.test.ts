import { describe, expect, it } from "vitest";

import type { components } from "../../../lib/contract";
import type { Status } from "../../../lib/live";
import { alarms, type Facts } from "./alarms";
import { drawSections, Heat } from "./heat";
import { drawing, Minutes, SPAN_MS, spanOf } from "./minutes";
import { effectOf, presets, rounded, stopOf, STOPS } from "./pace";

const money = { amount: 0, currency: "EUR" };

function status(change: Partial<Status> = {}): Status {
  return {
    server_time_ms: 0, stage: "open", opens_at_ms: 0, pace_permille: 1_000, corrects_no_shows: false, capacity: 100, orders_paid: 0,
    tickets_sold: 0, taken: money, refunded: money, version: 1, stock: [{ level: 0, free: 90, held: 5, sold: 5, blocked: 0 }],
    line: { last_number: 500, admitted_through: 20, waiting: 480, active: 10, admitted_total: 20 }, ...change,
  };
}

const calm = (change: Partial<Facts> = {}): Facts => ({
  status: status(), unlinkedMs: 0, stalledMs: 0, payments: null, commits: null, inbox: null, provider: null, sound: null, ...change,
});
const keys = (facts: Facts): string[] => alarms(facts).map(({ key }) => key);

describe("alarms", () => {
  it("are none while all is well", () => {
    expect(alarms(calm({ commits: { count: 90, p99_ms: 12, failed: 0 }, sound: true, provider: { count: 100, failed: 1, p99_ms: 300 } }))).toEqual([]);
  });

  it("name what is wrong, the worst first", () => {
    expect(keys(calm({ status: status({ stage: "paused" }), unlinkedMs: 20_000 }))).toEqual(["unlinked", "paused"]);
    expect(keys(calm({ status: status({ pace_permille: 600 }) }))).toEqual(["throttled"]);
    expect(keys(calm({ stalledMs: 61_000 }))).toEqual(["stalled"]);
    expect(keys(calm({ commits: { count: 90, p99_ms: 400, failed: 2 } }))).toEqual(["commits_failed", "commits_slow"]);
    expect(keys(calm({ provider: { count: 10, failed: 4, p99_ms: 10 } }))).toEqual(["provider_failing"]);
    expect(keys(calm({ status: status({ stock: [{ free: 3, held: 1, sold: 96, blocked: 0 }] }) }))).toEqual(["nearly_gone"]);
    expect(keys(calm({ status: status({ hopeless_from: 400 }) }))).toEqual(["hopeless"]);
  });

  it("tell many unpaid orders from a busy sale", () => {
    const payments = { looked: 100, paid: 60, paying: 30, lapsed: 5, refunds: 0, more: true };
    expect(keys(calm({ payments }))).toEqual(["unpaid"]);
    expect(keys(calm({ payments, status: status({ line: { ...status().line, active: 300 } }) }))).toEqual([]);
    expect(keys(calm({ payments: { ...payments, paying: 0, lapsed: 40 } }))).toEqual(["lapsing"]);
  });
});

describe("the pace", () => {
  it("comes to people an hour", () => {
    const none = { capacity: null, rate: null, admissions_max: null };
    expect(effectOf({ ...none, rate: { count: 20, interval_seconds: 60 } }, null, 900)).toEqual({ hourly: 1_200, most: null, basis: "set" });
    expect(effectOf({ ...none, capacity: 100 }, 180, 900)).toEqual({ hourly: 2_000, most: null, basis: "measured" });
    expect(effectOf({ ...none, capacity: 100 }, null, 900)).toEqual({ hourly: 400, most: null, basis: "full_time" });
    expect(effectOf({ ...none, capacity: 100, rate: { count: 1, interval_seconds: 10 } }, 180, 900)).toEqual({ hourly: 360, most: null, basis: "set" });
    expect(effectOf({ ...none, capacity: 100, rate: { count: 20, interval_seconds: 60 } }, null, 900)).toEqual({ hourly: 400, most: 1_200, basis: "full_time" });
    expect(effectOf({ ...none, capacity: 0 }, 180, 900)).toEqual({ hourly: 0, most: null, basis: "set" });
    expect(effectOf(none, 180, 900).hourly).toBeNull();
  });

  it("is said with two digits and set in steps", () => {
    expect([7, 12, 123, 1_249, 98_765].map(rounded)).toEqual([7, 12, 120, 1_200, 99_000]);
    expect(STOPS[stopOf(9_999_999)]).toBe(10_000);
    expect(STOPS[stopOf(42)]).toBe(40);
    expect(presets(10_000).map(({ capacity }) => capacity)).toEqual([0, 200, 500, 2_000, null]);
  });
});

describe("the last minutes", () => {
  it("measure how long people stay", () => {
    const minutes = new Minutes();
    for (let second = 0; second <= 120; second += 5) {
      minutes.take(status({ line: { last_number: 0, admitted_through: 0, waiting: 100, active: 60, admitted_total: second } }), second * 1_000);
    }
    expect(minutes.admittedPerMinute).toBeCloseTo(60);
    expect(minutes.secondsInside).toBeCloseTo(60);
    expect(minutes.table().map(({ atMs }) => atMs)).toEqual([120_000, 115_000, 55_000]);
  });

  it("forget what is long over, and keep the latest of each step", () => {
    const minutes = new Minutes();
    for (const atMs of [0, 500, 1_000, 2_600, SPAN_MS + 1_500]) minutes.take(status({ tickets_sold: atMs }), atMs);
    expect(minutes.samples.map(({ atMs }) => atMs)).toEqual([2_600, SPAN_MS + 1_500]);
  });

  it("are drawn up to now", () => {
    const samples = [{ atMs: 0, waiting: 0, inside: 0, sold: 0, admitted: 0 }, { atMs: SPAN_MS / 2, waiting: 10, inside: 0, sold: 0, admitted: 0 }];
    expect(drawing(samples, "waiting", SPAN_MS, 100, 10)).toEqual({ line: "M0.0 10.0L50.0 0.0L100 0.0", area: "M0.0 10.0L50.0 0.0L100 0.0L100 10L0.0 10Z", peak: 10 });
    expect([spanOf([], 0), spanOf(samples, 200_000), spanOf(samples, SPAN_MS * 2)]).toEqual([120_000, 240_000, SPAN_MS]);
  });
});

describe("the heat of the hall", () => {
  const seat = (row: number, x: number, y: number) => ({ guid: "", row, number: "1", level: 0, x, y, accessible: false, after_gap: false });
  const plan: components["schemas"]["PlanBody"] = {
    name: "", width: 10, height: 10, price_levels: [], sections: [{ name: "A" }, { name: "B" }],
    rows: [{ section: 0, name: "1", first_seat: 0, seats: 3 }, { section: 1, name: "1", first_seat: 3, seats: 2 }],
    seats: [seat(0, 0, 0), seat(0, 1, 0), seat(0, 2, 0), seat(1, 0, 4), seat(1, 1, 4)],
    areas: [{ name: "Floor", level: 0, capacity: 50, x: 0, y: 6, width: 4, height: 2 }], decorations: [],
  };

  it("follows the seats", () => {
    const heat = new Heat(plan);
    // Seats 0 to 4: sold, free, held, blocked, sold.
    heat.replace({ version: 3, seats: btoa(String.fromCharCode(0b11_01_00_10, 0b10)), areas: [{ free: 25, held: 0, sold: 25, blocked: 0 }] });
    expect(heat.zones()).toMatchObject([{ name: "A", counts: [1, 1, 1, 0] }, { name: "B", counts: [0, 0, 1, 1], share: 1 }, { name: "Floor", share: 0.5 }]);
    expect(heat.change({ from: 3, version: 4, changes: [[2, 2]], areas: [] })).toBe(true);
    expect(heat.zones()[0]?.counts).toEqual([1, 0, 2, 0]);
    expect(heat.change({ from: 9, version: 10, changes: [], areas: [] })).toBe(false);
  });

  it("is drawn row by row", () => {
    const { sections, thickness, box } = drawSections(plan);
    expect(sections[0]?.path).toBe("M0.00 0.00L1.00 0.00L2.00 0.00");
    expect(thickness).toBe(1); // no section has two rows: the distance of seats
    expect(box).toBe("-1.00 -1.00 6.00 10.00");
  });
});
