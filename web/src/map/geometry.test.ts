import { expect, test } from "vitest";

import type { components } from "../lib/contract";
import { Geometry } from "./geometry";
import { outlineOf } from "./outline";
import { planOf, Seats, type Plan } from "./plan";
import { read } from "./read";

type Body = components["schemas"]["PlanBody"];

/** Two sections of rows of ten seats, and a standing area. */
function body(): Body {
  const rows = [0, 1, 2, 3].map((row) => ({ section: row >> 1, name: String(row + 1), first_seat: row * 10, seats: 10 }));
  const seats = rows.flatMap(({ first_seat: first, section }, row) => Array.from({ length: 10 }, (_, at) => ({
    guid: `${first + at}`, row, number: String(at + 1), level: 0, accessible: false, after_gap: at === 5,
    x: at * 10 + (at >= 5 ? 20 : 0), y: row * 12 + section * 100,
  })));
  return {
    name: "", width: 200, height: 300, price_levels: [{ name: "A", color: "#000000" }], sections: [{ name: "Stalls" }, { name: "Balcony" }], rows, seats,
    areas: [{ name: "Standing", level: 0, capacity: 10, x: 200, y: 0, width: 50, height: 40 }],
    decorations: [],
  };
}

const plan = (): Plan => planOf(body());

test("an aisle does not count as the distance between seats", () => {
  expect(new Geometry(plan()).pitch).toBe(10);
});

test("finds the nearest seat within reach, and nothing beyond", () => {
  const geometry = new Geometry(plan());
  expect(geometry.seatAt(11, 1, 5)).toBe(1);
  expect(geometry.seatAt(55, 0, 5)).toBe(-1); // in the aisle
  expect(geometry.areaAt(210, 20)).toBe(0);
  expect(geometry.sectionAt(30, 130)?.name).toBe("Balcony");
});

test("visits the seats of a rectangle, each once", () => {
  const found: number[] = [];
  new Geometry(plan()).eachSeat(-1, -1, 21, 13, (seat) => found.push(seat));
  expect(found.sort((a, b) => a - b)).toEqual([0, 1, 2, 10, 11, 12]);
});

test("a plan of standing areas alone has a size too", () => {
  const { bounds } = new Geometry(planOf({ ...body(), rows: [], seats: [] }));
  expect(bounds).toEqual({ left: 195, top: -5, width: 60, height: 50 });
});

test("the outline follows the ends of the rows, also of those that run back", () => {
  const row = (y: number, width: number): { x: number; y: number }[] => [0, 1, 2].map((x) => ({ x: x * width, y }));
  const outline = outlineOf([row(0, 1), row(1, 2).toReversed(), row(2, 3)]);
  expect(outline.map(({ x, y }) => `${x},${y}`)).toEqual(["0,0", "1,0", "2,0", "4,1", "6,2", "3,2", "0,2", "0,1"]);
});

test("with a margin the outline keeps its distance on every side", () => {
  const row = (y: number): { x: number; y: number }[] => [0, 10, 20].map((x) => ({ x, y }));
  const sides = (points: { x: number; y: number }[]): number[] => [Math.min(...points.map(({ x }) => x)), Math.min(...points.map(({ y }) => y)),
    Math.max(...points.map(({ x }) => x)), Math.max(...points.map(({ y }) => y))].map((value) => Math.round(value * 10) / 10);
  expect(sides(outlineOf([row(0), row(10), row(20)], 5))).toEqual([-5, -5, 25, 25]);
  expect(sides(outlineOf([row(20), row(10), row(0)], 5)), "the other way round").toEqual([-5, -5, 25, 25]);
  expect(sides(outlineOf([row(0)], 5)), "a single row").toEqual([-5, -5, 25, 5]);
  expect(sides(outlineOf([[{ x: 0, y: 0 }]], 5)), "a single seat").toEqual([-5, -5, 5, 5]);
});

test("a plan that was read elsewhere is the same after its way to the page", () => {
  const { plan: rest, columns, measures } = structuredClone(read(JSON.stringify(body())));
  const [here, there] = [new Geometry(plan()), new Geometry({ ...rest, seats: new Seats(columns) }, measures)];
  expect(there.sections).toEqual(here.sections);
  expect(there.bounds).toEqual(here.bounds);
  expect(there.seatAt(11, 1, 5)).toBe(1);
  expect(there.plan.seats.at(15)).toEqual({ row: 1, number: "6", level: 0, accessible: false, gap: true });
  expect(there.plan.seats.at(40)).toBeUndefined();
});
