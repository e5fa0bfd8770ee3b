import { beforeEach, expect, test, vi } from "vitest";

import { Problem } from "../../../lib/problem";
import { Choice, type Hold } from "./choice.svelte";

const { PUT, DELETE } = vi.hoisted(() => ({ PUT: vi.fn(), DELETE: vi.fn() }));
vi.mock("../../../lib/api", () => ({
  api: { PUT, DELETE }, ok: (answer: unknown) => answer, freshKey: () => "key", patiently: (request: () => unknown) => request(),
}));

interface Wanted { seats?: number[]; areas?: { area: number; count: number }[] }

/** The hold that answers a wish. */
function held({ seats = [], areas = [] }: Wanted): Hold {
  const price = { amount: 1_000, currency: "KRW" };
  const places = areas.flatMap(({ area, count }) => Array.from({ length: count }, () => ({ area, level: 0, price })));
  return { deadline_ms: 0, hold: 1, server_time_ms: 0, total: price, items: [...seats.map((seat) => ({ seat, level: 0, price })), ...places] };
}

const onProblem = vi.fn();
const onLimit = vi.fn();
const wishes = (): Wanted[] => PUT.mock.calls.map(([, { body }]) => body as Wanted);
const open = (hold: Hold | null = null): Choice => new Choice({ path: { params: { path: { sale: "sale_1" } } }, max: 3, hold, onProblem, onLimit });

beforeEach(() => {
  vi.resetAllMocks();
  PUT.mockImplementation(async (_, { body }: { body: Wanted }) => held(body));
  DELETE.mockResolvedValue(undefined);
});

test("begins with what the server holds already", () => {
  const choice = open(held({ seats: [4], areas: [{ area: 1, count: 2 }] }));
  expect([[...choice.seats], choice.inArea(1), choice.count]).toEqual([[4], 2, 3]);
});

test("clicks made while a request is on its way become one request after it", async () => {
  const choice = open();
  const first = choice.toggle(1);
  void choice.toggle(2);
  void choice.toggle(3);
  expect([...choice.seats]).toEqual([1, 2, 3]);
  await first;
  expect(wishes().map(({ seats }) => seats)).toEqual([[1], [1, 2, 3]]);
  expect([choice.items.length, choice.busy]).toEqual([3, false]);
});

test("one more than allowed is told and not sent", async () => {
  const choice = open(held({ seats: [1, 2, 3] }));
  await choice.toggle(4);
  await choice.setArea(0, 1);
  expect(onLimit).toHaveBeenCalledTimes(2);
  expect(PUT).not.toHaveBeenCalled();
});

test("a refusal leaves what was held before", async () => {
  const choice = open(held({ seats: [1] }));
  const refusal = new Problem(409, { code: "seat_taken", seats_taken: [2] });
  PUT.mockRejectedValueOnce(refusal);
  await choice.toggle(2);
  expect([...choice.seats]).toEqual([1]);
  expect(onProblem).toHaveBeenLastCalledWith(refusal);
});

test("the last one given back is a hold given back", async () => {
  const choice = open(held({ seats: [1] }));
  await choice.toggle(1);
  expect(DELETE).toHaveBeenCalledTimes(1);
  expect(choice.hold).toBeNull();
});

test("a seat taken and given back at once asks the server for nothing that it would refuse", async () => {
  const choice = open();
  PUT.mockRejectedValueOnce(new Problem(409, { code: "seat_taken" }));
  await choice.toggle(1);
  await choice.remove({ seat: 1, level: 0, price: { amount: 0, currency: "KRW" } });
  expect(DELETE).not.toHaveBeenCalled();
});

test("places in an area are given back one by one", async () => {
  const choice = open(held({ areas: [{ area: 2, count: 3 }] }));
  await choice.remove(choice.items[0]!);
  expect(wishes()).toEqual([{ seats: [], areas: [{ area: 2, count: 2 }] }]);
});
