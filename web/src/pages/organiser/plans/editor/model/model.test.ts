import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { check } from "./check";
import * as edit from "./edit";
import { boxOf, pitchOf, place, seatAt, seatsInside } from "./geometry";
import { build, DEFAULT_GRID, gridFor } from "./grid";
import { beginning, redo, step, STEPS_MAX, undo } from "./history";
import { rowNames, seatNumbers } from "./naming";
import { pack, unpack } from "./pack";
import { blockedGuids, capacity, emptyPlan, seatsIn, type Block, type Grid, type Plan } from "./plan";
import { read, readText } from "./pretix_read";
import { target, write } from "./pretix_write";
import { readSvg } from "./svg";

const grid = (patch: Partial<Grid> = {}): Grid => ({ ...DEFAULT_GRID, rows: 3, seats: 4, ...patch });

function hall(...blocks: Partial<Grid>[]): Plan {
  const plan = emptyPlan("Hall", "Standard");
  const level = plan.levels[0]?.id ?? "";
  return blocks.reduce<Plan>((so, patch, index) => edit.add(so, edit.drawnBlock(`Block ${index + 1}`, 500 * index, 300, grid(patch), level)), plan);
}

const block = (plan: Plan, index = 0): Block => {
  const found = plan.blocks[index];
  if (!found) throw new Error("no such block");
  return found;
};
const only = (...values: string[]): Set<string> => new Set(values);
const numbersOf = (plan: Plan, row = 0): string[] => block(plan).rows[row]?.seats.map(({ number }) => number) ?? [];

describe("names", () => {
  it("letters rows, past Z and without those that read like digits", () => {
    expect(rowNames(3, { scheme: "letters", from: "front", start: 25 })).toEqual(["Y", "Z", "AA"]);
    expect(rowNames(2, { scheme: "clear_letters", from: "front", start: 8 })).toEqual(["H", "J"]);
    expect(rowNames(3, { scheme: "numbers", from: "back", start: 1 })).toEqual(["3", "2", "1"]);
    expect(rowNames(1, { scheme: "clear_letters", from: "front", start: 25 })).toEqual(["AA"]);
  });

  it("numbers seats from either end and from the middle", () => {
    expect(seatNumbers(4, { scheme: "left", start: 1 })).toEqual(["1", "2", "3", "4"]);
    expect(seatNumbers(4, { scheme: "right", start: 11 })).toEqual(["14", "13", "12", "11"]);
    expect(seatNumbers(4, { scheme: "odd_right", start: 1 })).toEqual(["4", "2", "1", "3"]);
    expect(seatNumbers(5, { scheme: "odd_right", start: 1 })).toEqual(["4", "2", "1", "3", "5"]);
    expect(seatNumbers(5, { scheme: "odd_left", start: 1 })).toEqual(["5", "3", "1", "2", "4"]);
    for (const scheme of ["left", "right", "odd_right", "odd_left"] as const) {
      for (const count of [0, 1, 2, 7, 30]) expect(new Set(seatNumbers(count, { scheme, start: 1 })).size).toBe(count);
    }
  });
});

describe("the grid", () => {
  it("puts straight rows around the middle", () => {
    const rows = build(grid(), "b", "l");
    expect(rows.map(({ name }) => name)).toEqual(["A", "B", "C"]);
    expect(rows[0]?.seats.map(({ x, y }) => [x, y])).toEqual([[-36, -30], [-12, -30], [12, -30], [36, -30]]);
    expect(rows[0]?.seats[1]?.guid).toBe("b-1-2");
  });

  it("bends rows without changing the distance of neighbours by more than a little", () => {
    for (const curve of [-120, -40, 40, 120]) {
      for (const row of build(grid({ rows: 12, seats: 30, curve }), "b", "l")) {
        row.seats.slice(1).forEach((seat, index) => {
          const before = row.seats[index];
          expect(Math.hypot(seat.x - (before?.x ?? 0), seat.y - (before?.y ?? 0))).toBeCloseTo(24, 0);
        });
      }
    }
    const [front] = build(grid({ curve: 60 }), "b", "l");
    expect(front?.seats[0]?.y).toBeLessThan(front?.seats[1]?.y ?? 0);
  });

  it("leaves aisles that the server takes for aisles, straight through rows that grow", () => {
    const [first, , third] = build(grid({ seats: 4, growth: 2, aisles: [2] }), "b", "l");
    const gaps = (seats: readonly { x: number }[] = []): number[] => seats.slice(1).map((seat, index) => Math.round(seat.x - (seats[index]?.x ?? 0)));
    expect(gaps(first?.seats)).toEqual([24, 53, 24]);
    expect(gaps(third?.seats)).toEqual([24, 24, 24, 53, 24, 24, 24]);
    expect(53 / 24).toBeGreaterThan(1.6);
  });

  it("fills a rectangle", () => {
    expect(gridFor(240, 90)).toMatchObject({ seats: 10, rows: 3 });
    expect(gridFor(0, 0)).toMatchObject({ seats: 1, rows: 1 });
  });

  it("keeps marks of seats when its numbers change", () => {
    let plan = hall({});
    plan = edit.markSeats(plan, only(`${block(plan).id}-2-3`), { blocked: true, accessible: true });
    plan = edit.regrid(plan, block(plan).id, { rows: 5, curve: 30, seatNumbers: { scheme: "right", start: 1 } });
    expect(blockedGuids(plan)).toEqual([`${block(plan).id}-2-3`]);
    expect(numbersOf(plan)).toEqual(["4", "3", "2", "1"]);
  });
});

describe("edits", () => {
  it("moves, turns, duplicates and removes", () => {
    let plan = hall({}, {});
    const [a, b] = [block(plan), block(plan, 1)];
    plan = edit.move(plan, only(a.id), 10, -5);
    expect([block(plan).x, block(plan).y]).toEqual([10, 295]);
    expect(block(plan, 1)).toBe(b);
    plan = edit.rotate(plan, only(a.id), 90);
    const turned = boxOf(block(plan));
    expect([Math.round(turned.right - turned.left), Math.round(turned.bottom - turned.top)]).toEqual([60, 72]);
    expect(edit.normal(270)).toBe(-90);
    const copy = edit.duplicate(plan, only(a.id));
    expect(copy.plan.blocks.at(-1)).toMatchObject({ name: "Block 3", rotation: 90 });
    expect(check(copy.plan).filter(({ error }) => error)).toEqual([]);
    expect(edit.remove(copy.plan, copy.ids).blocks).toHaveLength(2);
    const both = edit.rotate(hall({}, {}), only(...hall({}, {}).blocks.map(({ id }) => id)), 90);
    expect(both.blocks).toHaveLength(2);
  });

  it("takes single seats out of a drawn block for good", () => {
    let plan = hall({});
    const { id } = block(plan);
    plan = edit.removeSeats(plan, only(`${id}-1-2`, `${id}-1-3`));
    expect(numbersOf(plan)).toEqual(["1", "2"]);
    plan = edit.regrid(plan, id, { curve: 10 });
    expect(seatsIn(block(plan))).toBe(10);
    const all = place(block(plan)).seats.map(({ guid }) => guid);
    expect(edit.removeSeats(plan, new Set(all)).blocks).toEqual([]);
  });

  it("gives levels to blocks, seats and areas, and passes them on when one goes", () => {
    let plan = edit.addLevel(hall({}), "Premium");
    const [standard, premium] = plan.levels;
    if (!standard || !premium) throw new Error("levels");
    expect(premium.color).not.toBe(standard.color);
    plan = edit.markThings(plan, only(block(plan).id), { level: premium.id });
    expect(check(plan).map(({ code }) => code)).toEqual(["level_empty"]);
    plan = edit.removeLevel(plan, premium.id);
    expect(check(plan)).toEqual([]);
    expect(edit.removeLevel(plan, standard.id)).toBe(plan);
  });

  it("renames and renumbers blocks of either kind", () => {
    let plan = read(write(hall({}))).plan;
    plan = edit.nameRows(plan, block(plan).id, { scheme: "numbers", from: "back", start: 10 });
    plan = edit.numberSeats(plan, block(plan).id, { scheme: "odd_right", start: 1 });
    expect(block(plan).rows.map(({ name }) => name)).toEqual(["12", "11", "10"]);
    expect(numbersOf(plan)).toEqual(["4", "2", "1", "3"]);
  });
});

describe("undo", () => {
  it("goes back and forth, and joins what belongs together", () => {
    let history = beginning(1);
    history = step(history, 2, "width", 1_000);
    history = step(history, 3, "width", 1_500);
    history = step(history, 4, "width", 3_000);
    expect(history.past).toEqual([1, 3]);
    expect(undo(undo(history)).present).toBe(1);
    const slow = [4, 5, 6].reduce((steps, value, at) => step(steps, value, "drag 1", 10_000 * at), history);
    expect(step(slow, 7, "drag 2", 20_001).past, "one drag is one step however slow, the next drag another").toEqual([1, 3, 4, 6]);
    expect(redo(undo(history)).present).toBe(4);
    expect(redo(step(undo(history), 9)).present).toBe(9);
    expect(undo(beginning(1)).present).toBe(1);
    expect(step(history, history.present)).toBe(history);
  });

  it("remembers many steps, and shares what did not change", () => {
    let history = beginning(hall({}, {}));
    const { id } = block(history.present);
    for (let at = 0; at < STEPS_MAX + 50; at += 1) history = step(history, edit.move(history.present, only(id), 1, 0));
    expect(history.past).toHaveLength(STEPS_MAX);
    expect(history.past[0]?.blocks[1]).toBe(history.present.blocks[1]);
  });
});

describe("geometry", () => {
  it("finds seats under a point and inside a lasso", () => {
    const plan = hall({}, {});
    expect(seatAt(plan, -36, 270, 5)).toMatchObject({ index: 0 });
    expect(seatAt(plan, 250, 300, 5)).toBeNull();
    const line = [{ x: -50, y: 255 }, { x: 0, y: 255 }, { x: 0, y: 315 }, { x: -50, y: 315 }];
    expect(seatsInside(plan, line)).toHaveLength(4);
    expect(pitchOf(block(plan))).toBe(24);
  });

  it("tells what overlaps and what reads the same", () => {
    let plan = hall({}, {});
    plan = edit.move(plan, only(block(plan, 1).id), -500, 0);
    expect(check(plan)).toMatchObject([{ code: "overlap", error: false, values: { count: 24 } }]);
    plan = edit.rename(plan, only(block(plan, 1).id), "Block 1");
    const codes = new Set(check(plan).map(({ code }) => code));
    expect(codes).toEqual(new Set(["seat_twice", "overlap", "section_twice"]));
    expect(check(emptyPlan("", "")).map(({ code }) => code)).toEqual(["empty", "plan_unnamed", "level_unnamed", "level_empty"]);
  });
});

describe("pretix", () => {
  it("writes what it reads", () => {
    let plan = edit.addLevel(hall({ curve: 40, aisles: [2] }, { growth: 1 }), "Standing");
    const standing = plan.levels[1]?.id ?? "";
    plan = edit.rotate(plan, only(block(plan).id), 30);
    plan = edit.add(plan, { kind: "area", id: "a", name: "Pit", x: 100, y: 100, width: 80, height: 40, level: standing, capacity: 300 });
    plan = edit.add(plan, { kind: "decoration", id: "d", name: "Stage", x: 100, y: 20, width: 200, height: 40, rotation: 15, shape: "rectangle", points: [], color: "#d3d5db" });
    plan = edit.markSeats(plan, only(`${block(plan).id}-1-1`), { blocked: true, accessible: true });
    const file = write(plan);
    const again = read(file);
    expect(again.mistakes).toEqual([]);
    expect(capacity(again.plan)).toEqual({ seats: 27, standing: 300 });
    expect(blockedGuids(again.plan)).toEqual(blockedGuids(plan));
    expect(again.plan.decorations[0]?.rotation).toBe(15);
    const twice = write(again.plan);
    // The middle of a curved block is elsewhere; where its seats are is what counts.
    expect(flat(twice)).toEqual(flat(file));
    expect(twice.size).toEqual(file.size);
    for (const box of again.plan.blocks.map(boxOf)) expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(59);
  });

  it("ranks the rows nearest to the stage first", () => {
    const stage = { kind: "decoration", id: "d", name: "Stage", x: 500, y: 600, width: 200, height: 40, rotation: 0, shape: "rectangle", points: [], color: "#d3d5db" } as const;
    const ranks = write(edit.add(hall({}, {}), stage)).zones.map((zone) => zone.rows.map((row) => row.rank));
    expect(ranks).toEqual([[5, 4, 3], [2, 1, 0], []]);
    const kept = read(write(hall({})));
    expect(write(kept.plan).zones[0]?.rows.map((row) => row.rank)).toEqual([0, 1, 2]);
  });

  it("reads the example halls whole", () => {
    for (const [name, seats, standing] of [["olympic-gymnastics-arena", 10_656, 2_600], ["seoul-arts-center-concert-hall", 2_523, 0]] as const) {
      const text = readFileSync(`${import.meta.dirname}/../../../../../../../examples/plans/${name}.json`, "utf8");
      const { plan, mistakes } = readText(text);
      if (!plan) throw new Error("no plan");
      expect(mistakes).toEqual([]);
      expect(capacity(plan)).toEqual({ seats, standing });
      expect(check(plan).filter(({ error }) => error)).toEqual([]);
      const again = read(write(plan)).plan;
      expect(flat(write(again))).toEqual(flat(write(plan)));
    }
  });

  it("takes what it can and points at the rest", () => {
    const file = write(hall({}));
    const row = file.zones[0]?.rows[0];
    if (!row) throw new Error("row");
    const broken = JSON.parse(JSON.stringify(file)) as { zones: { rows: { seats: Record<string, unknown>[] }[] }[] };
    const seats = broken.zones[0]?.rows[0]?.seats ?? [];
    delete seats[0]?.position;
    Object.assign(seats[1] ?? {}, { category: "Gold" });
    Object.assign(seats[2] ?? {}, { seat_guid: seats[3]?.seat_guid });
    const { plan, mistakes } = read(broken);
    expect(mistakes.map(({ code, pointer }) => [code, pointer])).toEqual([
      ["member_missing", "/zones/0/rows/0/seats/0/position"], ["category_unknown", "/zones/0/rows/0/seats/1/category"],
      ["seat_guid_duplicate", "/zones/0/rows/0/seats/3/seat_guid"],
    ]);
    expect(mistakes.map(({ guid }) => guid?.slice(-4) ?? null).slice(0, 2)).toEqual([null, "-1-2"]);
    expect(capacity(plan).seats).toBe(11);
    expect(check(plan).map(({ code }) => code)).toEqual(["seat_without_level"]);
    expect(readText("{").mistakes[0]?.code).toBe("json_malformed");
    expect(read(7).mistakes.map(({ code }) => code)).toContain("member_type");
  });

  it("knows what a pointer of the server is about", () => {
    const plan = hall({}, {});
    const { id } = block(plan, 1);
    expect(target(plan, "/zones/1/rows/2/seats/3/seat_number")).toEqual({ ids: [], guids: [`${id}-3-4`] });
    expect(target(plan, "/zones/1/name")).toEqual({ ids: [id], guids: [] });
    expect(target(plan, "/categories/0")).toEqual({ ids: [], guids: [] });
  });
});

describe("svg", () => {
  const words = { plan: "Drawing", section: "Seats", level: (index: number) => `Level ${index}` };
  const drawing = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]>
    <svg xmlns="http://www.w3.org/2000/svg"><!-- <circle id="no"/> --><title>Town &amp; hall</title>
      <defs><circle id="template" r="5"/></defs><rect id="Stage" x="0" y="0" width="300" height="40" fill="#ddd"/>
      <g id="Stalls_left" transform="translate(10 100)" fill="#0072b2">
        ${[0, 1].flatMap((row) => [0, 1, 2].map((seat) => `<circle id="L${row}${seat}" cx="${seat * 12}" cy="${row * 14}" r="5"/>`)).join("")}
      </g>
      <g id="layer1"><g id="Box"><svg:rect data-seat="7" data-accessible="" style="fill:#D55E00" x="200" y="100" width="10" height="10"/></g></g>
      <rect data-capacity="250" data-name="Pit" x="0" y="300" width="100" height="50"/><circle cx="1" cy="1" r="5"/>
    </svg>`;

  it("makes seats of shapes with a name, grouped by section and row", () => {
    const plan = readSvg(drawing, words);
    if (!plan) throw new Error("no plan");
    expect(plan.name).toBe("Town & hall");
    expect(plan.blocks.map((one) => [one.name, one.rows.map((row) => row.seats.map(({ number }) => number))])).toEqual([
      ["Stalls left", [["1", "2", "3"], ["1", "2", "3"]]], ["Box", [["7"]]],
    ]);
    expect(plan.levels.map(({ name, color }) => [name, color]).slice(0, 2)).toEqual([["Level 1", "#0072b2"], ["Level 2", "#d55e00"]]);
    expect(plan.decorations.map(({ name }) => name)).toEqual(["Stage"]);
    expect(plan.areas).toMatchObject([{ name: "Pit", capacity: 250 }]);
    expect(block(plan, 1).rows[0]?.seats[0]?.accessible).toBe(true);
    expect(pitchOf(block(plan))).toBeCloseTo(24);
    expect(check(plan).filter(({ error }) => error)).toEqual([]);
  });

  it("follows nested transforms, and refuses what is no drawing", () => {
    const plan = readSvg(`<svg><g transform="scale(2)"><g transform="rotate(90 0 0) translate(10,0)"><circle id="a" cx="0" cy="0" r="1"/><circle id="b" cx="6" cy="0" r="1"/></g></g></svg>`, words);
    if (!plan) throw new Error("no plan");
    const { box } = place(block(plan));
    expect([Math.round(box.right - box.left), Math.round(box.bottom - box.top)]).toEqual([0, 24]);
    for (const text of ["", "<html></html>", "<svg><g></svg>", "{}"]) expect(readSvg(text, words)).toBeNull();
  });
});

describe("the draft", () => {
  it("comes back as it was, and is short", () => {
    let plan = hall({ curve: 20 }, {});
    plan = edit.markSeats(plan, only(`${block(plan).id}-1-1`), { blocked: true });
    plan = edit.add(plan, block(read(write(plan)).plan));
    expect(unpack(pack(plan))).toEqual({ ...plan, blocks: plan.blocks.map((one) => ({ ...one, rows: one.rows.map((row) => ({ ...row, seats: row.seats.map((seat) =>
      ({ ...seat, level: plan.levels.some(({ id }) => id === seat.level) ? seat.level : "" })) })) })) });
    for (const text of ["", "{}", "null", "[1]"]) expect(unpack(text)).toBeNull();
    const large = hall({ rows: 100, seats: 200 });
    expect(pack(large).length).toBeLessThan(60_000);
    expect(pack(read(write(large)).plan).length).toBeLessThan(1_200_000);
  });
});

describe("20,000 seats", () => {
  it("are edited and checked in a moment", () => {
    let plan = hall(...Array.from({ length: 20 }, () => ({ rows: 25, seats: 40, curve: 10 })));
    plan = { ...plan, blocks: plan.blocks.map((one, index) => ({ ...one, x: (index % 5) * 1_200, y: Math.floor(index / 5) * 900 })) };
    expect(capacity(plan).seats).toBe(20_000);
    const began = performance.now();
    const { id } = block(plan);
    for (let times = 0; times < 20; times += 1) {
      plan = edit.move(plan, only(id), 1, 0);
      place(block(plan));
      seatAt(plan, 500, 500, 20);
    }
    plan = edit.regrid(plan, id, { curve: 30 });
    expect(check(plan)).toEqual([]);
    write(plan);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

/** Every seat and shape of a file at its place on the sheet. */
function flat(file: ReturnType<typeof write>): unknown {
  return file.zones.flatMap((zone) => [
    ...zone.rows.flatMap((row) => row.seats.map((seat) => [
      zone.name, row.row_number, row.rank, seat.seat_number, seat.seat_guid, seat.category, seat.accessible, seat.blocked,
      Math.round((zone.position.x + seat.position.x) * 2), Math.round((zone.position.y + seat.position.y) * 2),
    ])),
    ...zone.areas.map((area) => [area.shape, Math.round(area.position.x), Math.round(area.position.y), area.onsale]),
  ]);
}

describe("a plan of the server", () => {
  it("is a plan again, its rows in their sections", async () => {
    const { fromServer } = await import("./server");
    const seat = (row: number, number: string, x: number, y: number) => ({ guid: `${row}-${number}`, row, number, level: 0, x, y, accessible: false, after_gap: false });
    const plan = fromServer({
      name: "Hall", width: 100, height: 100, price_levels: [{ name: "A", color: "#0072b2" }], sections: [{ name: "Left" }, { name: "Right" }],
      rows: [{ section: 1, name: "1", first_seat: 0, seats: 2 }, { section: 0, name: "1", first_seat: 2, seats: 1 }],
      seats: [seat(0, "1", 60, 10), seat(0, "2", 84, 10), seat(1, "1", 10, 40)], areas: [{ name: "Pit", level: 0, capacity: 9, x: 0, y: 50, width: 40, height: 20 }],
      blocked: [1], decorations: [
        { outline: { shape: "polygon", points: [[0, 0], [60, 0], [60, 20], [0, 20]] }, color: "#111111", border_color: null, text: "Stage", text_x: 30, text_y: 10 },
        { outline: null, color: null, border_color: null, text: "Exit", text_x: 5, text_y: 90 },
      ],
    });
    expect(plan.blocks.map((one) => [one.name, one.x, one.y, one.rows[0]?.rank])).toEqual([["Left", 10, 40, 1], ["Right", 72, 10, 0]]);
    expect(plan.areas[0]).toMatchObject({ x: 20, y: 60, capacity: 9 });
    expect(plan.decorations).toMatchObject([{ shape: "rectangle", name: "Stage", x: 30, y: 10, width: 60, height: 20 }, { shape: "text", name: "Exit", x: 5, y: 90 }]);
    expect(blockedGuids(plan)).toEqual(["0-2"]);
    expect(check(plan)).toEqual([]);
  });
});
