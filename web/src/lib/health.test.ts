import { expect, test } from "vitest";

import { alarms, type Facts } from "../pages/organiser/cockpit/alarms";
import { concerns } from "../pages/operator/concerns";
import { providerTrouble } from "./health";

const calls = (count: number, failed: number, ms: number) => ({ count, failed, p99_ms: ms });

test("a provider is judged by its failures first, and not by a few calls", () => {
  expect(providerTrouble(calls(4, 4, 9_000))).toBeNull();
  expect(providerTrouble(calls(20, 2, 9_000))).toEqual({ kind: "failing", percent: 10 });
  expect(providerTrouble(calls(20, 1, 3_001))).toEqual({ kind: "slow", ms: 3_001 });
  expect(providerTrouble(calls(20, 1, 3_000))).toBeNull();
});

test("cockpit and operator's page call the same inbox full", () => {
  for (const waiting of [84, 86]) {
    const inbox = { waiting, max: 100 };
    const sale = { name: "Encore", id: "sale_1", inbox, commits: calls(1, 0, 1), pace_permille: 1_000 };
    const operator = concerns({ queues: [], sales: [sale], provider: calls(0, 0, 0) } as unknown as Parameters<typeof concerns>[0]);
    const status = { pace_permille: 1_000, stage: "scheduled", stock: [], line: {} };
    const cockpit = alarms({ status, unlinkedMs: 0, stalledMs: 0, payments: null, commits: null, inbox, provider: null, sound: true } as unknown as Facts);
    expect(operator.some(({ level }) => level === "bad")).toBe(waiting === 86);
    expect(cockpit.some(({ key }) => key === "inbox_full")).toBe(waiting === 86);
  }
});
