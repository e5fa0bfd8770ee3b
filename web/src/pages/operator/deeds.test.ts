import { describe, expect, it } from "vitest";

import { details, type Deed } from "./deeds";

const deed = (action: string, detail: Record<string, unknown>): Deed => ({ at_ms: 0, account: "acct_1", role: "operator", action, target: "sale_1", detail });

describe("what the audit log wrote down", () => {
  it("is said in words", () => {
    expect(details(deed("announce", { text: 'Say "hi"' }))).toEqual({ text: 'Say "hi"' });
    expect(details(deed("set_no_show_correction", { on: true }))).toEqual({ on: 1 });
    expect(details(deed("grant_role", { role: "organiser", organiser: "org_7" }))).toEqual({ role: "organiser", organiser: "org_7" });
    expect(details(deed("block", { seats: 2, people: 40, first_seats: [1, 2] }))).toEqual({ count: 42 });
  });

  it("is said as far as it is known", () => {
    expect(details(deed("grant_role", { text: "Fan " }))).toEqual({ role: "", organiser: "" });
    expect(details(deed("block", {}))).toEqual({ count: 0 });
  });
});
