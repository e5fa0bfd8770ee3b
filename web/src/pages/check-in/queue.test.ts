import { describe, expect, it } from "vitest";

import type { Ticket } from "./code";
import { inMemory, keepIn } from "./keep";
import { Queue, type Answer } from "./queue";

const ticket = (serial: number): Ticket => ({ id: `sale_1-${serial}`, sale: "sale_1", seat: serial, area: null, startsAtMs: 0 });

function bench(answers: (code: string) => Answer | Promise<Answer>) {
  const sent: string[] = [];
  const keep = keepIn(inMemory());
  const clock = { now: 1_000 };
  const send = async (code: string): Promise<Answer> => {
    sent.push(code);
    return answers(code);
  };
  const open = (): Queue => new Queue(keep, send, () => clock.now);
  return { sent, keep, clock, open, queue: open() };
}

describe("the queue of a gate", () => {
  it("sends in the order of the scans, also after the page was closed", async () => {
    const { sent, clock, open, queue } = bench(() => ({ kind: "in" }));
    for (const serial of [9, 2, 5]) {
      await queue.add(`code ${serial}`, ticket(serial));
      clock.now += 1_000;
    }
    const again = open();
    await again.load();
    expect(again.entries).toHaveLength(3);
    expect(await again.drain()).toBe("empty");
    expect(sent).toEqual(["code 9", "code 2", "code 5"]);
    expect(again.entries).toEqual([]);
    await again.load();
    expect(again.entries).toEqual([]);
  });

  it("stops at the first that has to wait and keeps all the others", async () => {
    const { sent, queue } = bench((code) => (code === "b" ? { kind: "later", unanswered: false } : { kind: "in" }));
    for (const [at, code] of ["a", "b", "c"].entries()) await queue.add(code, ticket(at));
    expect(await queue.drain()).toBe("later");
    expect(sent).toEqual(["a", "b"]);
    expect(queue.entries.map(({ code }) => code)).toEqual(["b", "c"]);
  });

  it("shows who came in here although the ticket was used elsewhere, and goes on", async () => {
    const { queue, open } = bench((code) => (code === "a" ? { kind: "used", usedAtMs: 10 } : { kind: "in" }));
    await queue.add("a", ticket(1));
    await queue.add("b", ticket(2));
    expect(await queue.drain()).toBe("empty");
    expect(queue.conflicts).toMatchObject([{ ticket: { id: "sale_1-1" }, reason: "ticket_already_used", usedAtMs: 10 }]);
    const again = open();
    await again.load();
    expect(again.conflicts).toHaveLength(1);
    const [conflict] = again.conflicts;
    if (conflict) await again.dismiss(conflict);
    expect(again.conflicts).toEqual([]);
  });

  it("knows its own earlier attempt whose answer was lost", async () => {
    let lost = true;
    const { queue, clock } = bench(() => (lost ? { kind: "later", unanswered: true } : { kind: "used", usedAtMs: 1_400 }));
    const entry = await queue.add("a", ticket(1));
    await queue.send(entry, () => true);
    clock.now = 60_000;
    lost = false;
    expect(await queue.send(entry, () => true)).toEqual({ kind: "in" });
    expect(queue.conflicts).toEqual([]);
  });

  it("does not take somebody else's check-in for its own", async () => {
    let lost = true;
    const { queue, clock } = bench(() => (lost ? { kind: "later", unanswered: true } : { kind: "used", usedAtMs: 30_000 }));
    const entry = await queue.add("a", ticket(1));
    await queue.send(entry, () => true);
    clock.now = 60_000;
    lost = false;
    await queue.send(entry, () => true);
    expect(queue.conflicts).toHaveLength(1);
  });

  it("waits for somebody to log in again", async () => {
    const { queue } = bench(() => ({ kind: "signed_out" }));
    await queue.add("a", ticket(1));
    expect(await queue.drain()).toBe("signed_out");
    expect(queue.entries).toHaveLength(1);
  });
});
