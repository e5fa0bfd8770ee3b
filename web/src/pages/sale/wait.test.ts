import { expect, test, vi } from "vitest";

import { nearFront, waitText } from "./wait";

vi.mock("../../lib/i18n", () => ({ number: String, t: (key: string, values: object = {}) => `${key}${JSON.stringify(values)}` }));

const wait = (seconds_low: number, seconds_high: number) => ({ basis: "measured", over_seconds: 60, per_minute: 41.6, seconds_low, seconds_high, seconds_likely: seconds_low });

test("says a range that can be stood for, in whole minutes", () => {
  expect(waitText(null)).toBe("waiting.no_estimate{}");
  expect(waitText(wait(5, 50))).toBe("waiting.under_minute{}");
  expect(waitText(wait(30, 61))).toBe('waiting.at_most{"count":2} waiting.basis_measured{"count":42}');
  expect(waitText(wait(130, 290))).toBe('waiting.range{"low":"2","count":5} waiting.basis_measured{"count":42}');
});

test("the front is near in people or in time", () => {
  const place = (ahead: number, seconds?: number) => ({ ahead, ...(seconds === undefined ? {} : { wait: wait(seconds, 900) }) }) as Parameters<typeof nearFront>[0];
  expect([place(500), place(9_000, 180), place(9_000, 181), place(501)].map(nearFront)).toEqual([true, true, false, false]);
});
