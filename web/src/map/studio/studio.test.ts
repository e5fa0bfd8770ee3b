import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { measure } from "../geometry";
import type { Shades } from "../look";
import { columnsOf, Seats, type Plan } from "../plan";
import { FREE, SOLD } from "../states";
import { Studio, type Drawn, type Order } from "./studio";

/** What was drawn since the canvas was handed over last: the colours that were filled. */
class Canvas {
  width = 1;
  height = 1;
  filled = new Set<string>();
  readonly context = new Proxy({ canvas: this, fillStyle: "" } as Record<string, unknown>, {
    get: (target, name: string) => target[name] ?? ((): void => { if (name.startsWith("fill")) this.filled.add(String(target["fillStyle"])); }),
  });
  getContext(): unknown { return this.context; }
}

const columns = columnsOf(Array.from({ length: 8 }, (_, seat) => ({
  row: seat >> 2, guid: "", number: "", level: 0, accessible: false, after_gap: false, x: 10 * (seat % 4), y: 10 * (seat >> 2),
})));
const plan = {
  sections: [{ name: "Stalls" }], areas: [], decorations: [],
  rows: [{ section: 0, name: "A", first_seat: 0, seats: 4 }, { section: 0, name: "B", first_seat: 4, seats: 4 }],
} as unknown as Omit<Plan, "seats">;
const colors = { ground: "ground", card: "card", rule: "rule", ink: "ink", muted: "muted", area: "area", "seat-taken": "taken" };
const shades: Shades = { colors, font: "serif", filter: { level: null, accessible: false }, levels: new Map([[0, "price"]]), blocks: new Map([[0, "block"]]) };
const hall = (): Order => ({ hall: { plan, columns, measures: measure({ ...plan, seats: new Seats(columns) }) }, shades, states: new Uint8Array(8), gone: [] });
/** Seats are 4 pixels apart: their section is a block. */
const piece = { scale: 0.4, left: -40, top: -40, width: 160, height: 120, ratio: 1 };

let drawn: (Drawn & { colors: string[] })[];
let studio: Studio;
let copies: number;

beforeEach(() => {
  [drawn, copies] = [[], 0];
  vi.useFakeTimers();
  vi.stubGlobal("OffscreenCanvas", Canvas);
  vi.stubGlobal("Path2D", class { lineTo(): void {} closePath(): void {} });
  vi.stubGlobal("createImageBitmap", async ({ filled }: Canvas) => {
    copies += 1;
    const colors = [...filled];
    filled.clear();
    return { colors };
  });
  studio = new Studio((one) => { drawn.push({ ...one, colors: (one.bitmap as unknown as { colors: string[] }).colors }); });
});
afterEach(() => {
  studio.end();
  vi.useRealTimers();
});

const said = (): string[] => drawn.map(({ of, piece: { scale } }) => `${of} ${scale}`);

test("hands over a picture of each piece that is asked for", async () => {
  studio.order({ ...hall(), whole: piece });
  await vi.advanceTimersByTimeAsync(50);
  studio.order({ near: { ...piece, scale: 3 } });
  await vi.advanceTimersByTimeAsync(50);
  expect(said()).toEqual(["whole 0.4", "near 3"]);
  expect(drawn[0]!.colors, "seats from afar are a block").toContain("block");
  expect(drawn[1]!.piece.width).toBe(160);
});

test("of two pieces that are asked for quickly only the last is drawn to the end", async () => {
  studio.order({ ...hall(), whole: piece });
  studio.order({ near: { ...piece, scale: 2 } });
  studio.order({ near: { ...piece, scale: 4 } });
  await vi.advanceTimersByTimeAsync(50);
  expect(said()).toEqual(["near 4", "whole 0.4"]);
});

test("shows a seat that was sold, and not more often than a tenth of a second allows", async () => {
  studio.order({ ...hall(), near: { ...piece, scale: 0.6 } });
  await vi.advanceTimersByTimeAsync(50);
  expect(said()).toEqual(["near 0.6"]);
  for (let seat = 0; seat < 4; seat += 1) {
    studio.order({ changes: [[seat, SOLD]] });
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(copies).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(copies).toBe(2);
  expect(drawn[1]!.colors).toContain("taken");
  studio.order({ changes: [[0, FREE]] });
  await vi.advanceTimersByTimeAsync(200);
  expect(drawn[2]!.colors).toContain("price");
});

test("draws nothing of what is not seen from near any more", async () => {
  studio.order({ ...hall(), near: piece });
  await vi.advanceTimersByTimeAsync(200);
  studio.order({ near: null });
  studio.order({ changes: [[0, SOLD]] });
  await vi.advanceTimersByTimeAsync(200);
  expect(said()).toEqual(["near 0.4"]);
});

test("other colours are seen everywhere, or in the parts that have them", async () => {
  studio.order({ ...hall(), whole: piece });
  await vi.advanceTimersByTimeAsync(200);
  studio.order({ shades: { ...shades, blocks: new Map([[0, "weaker"]]) }, parts: [{ left: 1_000, top: 0, width: 10, height: 10 }] });
  await vi.advanceTimersByTimeAsync(200);
  expect(drawn).toHaveLength(1);
  studio.order({ shades: { ...shades, blocks: new Map([[0, "weaker"]]) } });
  await vi.advanceTimersByTimeAsync(200);
  expect(drawn[1]!.colors).toContain("weaker");
});
