import { beforeEach, expect, test, vi } from "vitest";

import type { Live, LiveEvents } from "../lib/live";
import { columnsOf, Seats as SeatTable, type Plan } from "./plan";
import { Seats } from "./seats.svelte";
import { FREE, HELD, SOLD } from "./states";

const GET = vi.hoisted(() => vi.fn());
vi.mock("../lib/api", () => ({ api: { GET }, ok: (answer: unknown) => answer }));

/** Two rows of four seats. */
const plan = {
  rows: [{ first_seat: 0, seats: 4 }, { first_seat: 4, seats: 4 }], seats: new SeatTable(columnsOf(Array.from({ length: 8 }, (_, seat) => ({
    row: seat >> 2, guid: "", number: "", level: 0, accessible: false, after_gap: false, x: 0, y: 0,
  })))),
} as unknown as Plan;

let tell: <K extends keyof LiveEvents>(name: K, detail: LiveEvents[K]) => void;
let seats: Seats;

const whole = (version: number, states: number[]): LiveEvents["seats"] => {
  const bytes = [0, 4].map((from) => states.slice(from, from + 4).reduce((byte, state, at) => byte | (state << (2 * at)), 0));
  return { version, seats: btoa(String.fromCharCode(...bytes)), areas: [] };
};

beforeEach(() => {
  const hearers = new Map<string, (detail: never) => void>();
  const live = { version: null, on: (name: string, hear: (detail: never) => void) => hearers.set(name, hear) } as unknown as Live;
  tell = (name, detail) => hearers.get(name)?.(detail as never);
  GET.mockReset();
  seats = new Seats({ sale: "sale_1", plan, live });
  tell("seats", whole(5, [FREE, FREE, SOLD, FREE, FREE, HELD, FREE, FREE]));
});

test("reads a snapshot of two bits a seat", () => {
  expect([...seats.states]).toEqual([0, 0, 2, 0, 0, 1, 0, 0]);
  expect([...seats.freeInRow]).toEqual([3, 3]);
});

test("follows changes, and counts what is free", () => {
  const heard = vi.fn();
  const stop = seats.onChange(heard);
  tell("seat_changes", { from: 5, version: 6, changes: [[0, HELD], [5, FREE]], areas: [] });
  stop();
  tell("seat_changes", { from: 6, version: 7, changes: [[0, SOLD], [0, SOLD]], areas: [] });
  expect([...seats.freeInRow]).toEqual([2, 4]);
  expect(heard.mock.calls).toEqual([[[[0, HELD], [5, FREE]]]]);
});

test("what is old or overlaps does no harm", () => {
  tell("seat_changes", { from: 2, version: 6, changes: [[0, HELD]], areas: [] });
  tell("seat_changes", { from: 3, version: 4, changes: [[0, FREE]], areas: [] });
  tell("seats", whole(4, [0, 0, 0, 0, 0, 0, 0, 0]));
  expect(seats.states[0]).toBe(HELD);
  expect(seats.version).toBe(6);
});

test("fetches everything after a gap", async () => {
  GET.mockResolvedValue(whole(9, [SOLD, SOLD, SOLD, SOLD, FREE, FREE, FREE, FREE]));
  tell("seat_changes", { from: 7, version: 9, changes: [[1, HELD]], areas: [] });
  await vi.waitFor(() => expect([...seats.freeInRow]).toEqual([0, 4]));
  expect(GET).toHaveBeenCalledTimes(1);
});

test("a seat that an answer called taken is not free any more", () => {
  seats.markTaken([0, 2]);
  expect([...seats.states]).toEqual([1, 0, 2, 0, 0, 1, 0, 0]);
  expect(seats.freeInRow[0]).toBe(2);
});
