import { describe, expect, it } from "vitest";

import { parse } from "./code";
import { Gate } from "./gate";
import { GOLDEN_AREA, GOLDEN_KEY, GOLDEN_SEAT } from "./golden";
import { inMemory, keepIn } from "./keep";
import { Queue, type Answer } from "./queue";

const EVENING = parse(GOLDEN_SEAT)?.ticket.startsAtMs ?? 0;

function bench({ online = true, keys = [GOLDEN_KEY], sale = null as string | null, now = EVENING, answer = (): Answer | Promise<Answer> => ({ kind: "in" }) } = {}) {
  const keep = keepIn(inMemory());
  const world = { online, now, answer, sent: 0 };
  const queue = new Queue(keep, async () => { world.sent += 1; return world.answer(); }, () => world.now);
  const gate = new Gate({ queue, keep, keys: () => keys, now: () => world.now, online: () => world.online, sale: () => sale, patienceMs: 20 });
  return { keep, world, queue, gate };
}

describe("a gate with a network", () => {
  it("lets in once and keeps nothing", async () => {
    const { gate, queue } = bench();
    expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "in", offline: false });
    expect(queue.entries).toEqual([]);
  });

  it("says when a ticket was used, and what the server refuses", async () => {
    const used = bench({ answer: () => ({ kind: "used", usedAtMs: 7 }) });
    expect(await used.gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "again", atMs: 7, here: false });
    const refused = bench({ answer: () => ({ kind: "refused", reason: "ticket_void" }) });
    expect(await refused.gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "no", reason: "ticket_void" });
    expect(refused.queue.conflicts).toEqual([]);
  });

  it("does not use up a ticket for another evening, unless somebody insists", async () => {
    for (const options of [{ now: EVENING - 2 * 86_400_000 }, { sale: "sale_2" }]) {
      const { gate, world } = bench(options);
      expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "other" });
      expect(world.sent).toBe(0);
      expect(await gate.scan(GOLDEN_SEAT, true)).toMatchObject({ kind: "in" });
    }
  });

  it("forgets the scan when nobody is signed in", async () => {
    const { gate, queue } = bench({ answer: () => ({ kind: "signed_out" }) });
    expect(await gate.scan(GOLDEN_SEAT)).toEqual({ kind: "signed_out" });
    expect(queue.entries).toEqual([]);
  });
});

describe("a gate without a network", () => {
  it("verifies, keeps and refuses the second time at once", async () => {
    const { gate, queue, world } = bench({ online: false });
    expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "in", offline: true });
    // The same ticket in another spelling of the place: one ticket, one way in.
    expect(await gate.scan(GOLDEN_AREA)).toMatchObject({ kind: "again", here: true, atMs: EVENING });
    expect(queue.entries).toHaveLength(1);
    world.online = true;
    expect(await queue.drain()).toBe("empty");
    world.online = false;
    expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "again", here: true });
  });

  it("refuses what is forged and keeps none of it", async () => {
    const { gate, queue } = bench({ online: false });
    expect(await gate.scan(GOLDEN_SEAT.replace("AAABC2", "AAADC2"))).toMatchObject({ kind: "no", reason: "ticket_signature_wrong" });
    expect(queue.entries).toEqual([]);
  });

  it("leaves it to people where it cannot verify", async () => {
    const { gate, queue } = bench({ online: false, keys: [] });
    expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "unchecked" });
    expect(queue.entries).toEqual([]);
    expect(await gate.scan(GOLDEN_SEAT, true)).toMatchObject({ kind: "in", offline: true });
    expect(queue.entries).toHaveLength(1);
  });

  it("does not let people wait for a server that says nothing", async () => {
    let say: (answer: Answer) => void = () => {};
    const { gate, queue, world } = bench({ answer: () => new Promise((resolve) => { say = resolve; }) });
    expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "in", offline: true });
    expect(queue.entries).toHaveLength(1);
    // The next one does not even try.
    expect(world.sent).toBe(1);
    say({ kind: "used", usedAtMs: 5 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(queue.entries).toEqual([]);
    expect(queue.conflicts).toHaveLength(1);
  });

  it("knows its own attempt when somebody insists after a server that said nothing", async () => {
    const [ownAtMs, elsewhereAtMs] = [EVENING + 10, EVENING - 60_000];
    for (const [usedAtMs, conflicts] of [[ownAtMs, 0], [elsewhereAtMs, 1]] as const) {
      let say: (answer: Answer) => void = () => {};
      const { gate, queue, world } = bench({ keys: [], answer: () => new Promise((resolve) => { say = resolve; }) });
      expect(await gate.scan(GOLDEN_SEAT)).toMatchObject({ kind: "unchecked" });
      expect(await gate.scan(GOLDEN_SEAT, true)).toMatchObject({ kind: "in", offline: true });
      // The first attempt was carried out, but its answer never came.
      say({ kind: "later", unanswered: true });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(queue.entries, "the scan that was insisted on still waits").toHaveLength(1);
      world.answer = () => ({ kind: "used", usedAtMs });
      expect(await queue.drain()).toBe("empty");
      expect(queue.conflicts).toHaveLength(conflicts);
    }
  });
});
