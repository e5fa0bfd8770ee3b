import { describe, expect, it } from "vitest";

import { instantOf, offsetMinutes, rfc3339, wallAt } from "../parts/zone";
import { bodyOf, check, currencyOf, gathersFrom, insideFor, openingFor, safe, toMinor } from "./settings";

const SEOUL = "Asia/Seoul";
const NOW = Date.parse("2026-03-01T00:00:00Z");
const STARTS = Date.parse("2026-05-17T10:30:00Z");

describe("the venue's clock", () => {
  it("turns what is written there into an instant and back", () => {
    expect(instantOf("2026-05-17T19:30", SEOUL)).toBe(STARTS);
    expect(rfc3339(STARTS, SEOUL)).toBe("2026-05-17T19:30:00+09:00");
    expect(rfc3339(Date.parse("2026-01-01T12:00:00Z"), "America/St_Johns")).toBe("2026-01-01T08:30:00-03:30");
    expect(wallAt(STARTS, "Europe/Berlin")).toBe("2026-05-17T12:30");
    expect(instantOf("", SEOUL)).toBeNull();
  });

  it("survives the changes of the clocks", () => {
    expect(offsetMinutes(Date.parse("2026-03-29T00:59:59Z"), "Europe/Berlin")).toBe(60);
    expect(instantOf("2026-03-29T01:30", "Europe/Berlin")).toBe(Date.parse("2026-03-29T00:30:00Z"));
    expect(instantOf("2026-03-29T03:30", "Europe/Berlin")).toBe(Date.parse("2026-03-29T01:30:00Z"));
    for (const wall of ["2026-03-28T23:00", "2026-10-25T12:00"]) expect(wallAt(instantOf(wall, "Europe/Berlin") ?? 0, "Europe/Berlin")).toBe(wall);
  });
});

describe("prices", () => {
  it("are read as people write them", () => {
    for (const [text, decimals, minor] of [
      ["154,000", 0, 154_000], ["154 000", 0, 154_000], ["154.000", 0, 154_000], ["0", 0, 0], ["99.50", 2, 9_950], ["99,5", 2, 9_950], ["1,250.00", 2, 125_000],
      ["1.250,00", 2, 125_000], ["1,250", 2, 125_000], ["12", 2, 1_200], [".50", 2, 50], ["1.234", 3, 1_234], ["99.505", 2, 9_950_500],
    ] as const) expect([text, toMinor(text, decimals)]).toEqual([text, minor]);
    for (const [text, decimals] of [["", 2], ["-5", 2], ["abc", 0], ["12.50", 0], ["1.2.3", 2], ["9".repeat(20), 0], [",", 2]] as const) {
      expect([text, toMinor(text, decimals)]).toEqual([text, null]);
    }
  });
});

describe("a sale", () => {
  it("begins with safe settings", () => {
    const settings = safe(13_256, 2, STARTS, NOW, SEOUL);
    expect(settings).toMatchObject({ currency: "KRW", opens: "2026-03-08T20:00", limit: 4, inside: 830, draw: true });
    expect([insideFor(80, 4), insideFor(4, 4), insideFor(200_000, 4)]).toEqual([10, 4, 1_000]);
    expect([currencyOf("Europe/Berlin"), currencyOf("America/Chicago"), currencyOf("Asia/Tokyo")]).toEqual(["EUR", "USD", "JPY"]);
    expect(openingFor(NOW + 3 * 3_600_000, NOW, "UTC")).toBe("2026-03-01T01:00");
  });

  it("says what is missing, at its field", () => {
    const settings = safe(100, 2, STARTS, NOW, SEOUL);
    expect(check(settings, SEOUL, STARTS, 0, NOW)).toEqual({ "/prices/0": "price_missing", "/prices/1": "price_missing" });
    const wrong = { ...settings, prices: ["1", "2.5"], opens: "2027-01-01T00:00", limit: 21, inside: null, payMinutes: 90 };
    expect(check(wrong, SEOUL, STARTS, 0, NOW)).toEqual({
      "/opens_at": "opens_late", "/prices/1": "price_whole", "/tickets_per_buyer_max": "limit", "/capacity": "inside", "/pay_seconds": "minutes",
    });
    expect(check({ ...settings, prices: ["1", "2"], opens: "2026-02-01T00:00" }, SEOUL, STARTS, 0, NOW)).toEqual({ "/gathers_from": "gathers_over" });
  });

  it("is sent as the server wants it", () => {
    const settings = { ...safe(100, 2, STARTS, NOW, SEOUL), prices: ["154,000", "99000"] };
    expect(bodyOf(settings, "perf_1", 7, SEOUL, 0)).toEqual({
      performance: "perf_1", plan: 7, opens_at: "2026-03-08T20:00:00+09:00", currency: "KRW", prices: [154_000, 99_000], capacity: 10, rate: null,
      select_seconds: 600, pay_seconds: 420, grace_seconds: 120, tickets_per_buyer_max: 4,
    });
    expect(gathersFrom(settings, SEOUL, NOW)).toBe(Date.parse("2026-03-08T10:00:00Z"));
  });
});
