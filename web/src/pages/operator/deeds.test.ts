import { describe, expect, it } from "vitest";

import { details, paceOf, type Deed } from "./deeds";

const deed = (action: string, detail: string): Deed => ({ at_ms: 0, account: "acct_1", role: "operator", action, target: "sale_1", detail });

describe("what the audit log wrote down", () => {
  it("is read again", () => {
    expect(details(deed("announce", 'Announce { text: "Say \\"hi\\"" }'))).toEqual({ text: 'Say "hi"' });
    expect(details(deed("announce", 'Announce { text: "" }'))).toEqual({ text: "" });
    expect(details(deed("set_no_show_correction", "SetNoShowCorrection { on: true }"))).toEqual({ on: 1 });
    expect(details(deed("grant_role", "Organiser org_7"))).toEqual({ role: "organiser", organiser: "org_7" });
    expect(details(deed("block", "Block { choice: Places { seats: [SeatIndex(1), SeatIndex(2)], areas: [(AreaIndex(0), 40)] } }"))).toEqual({ count: 42 });
  });

  it("knows a pace", () => {
    expect(paceOf("SetPace { pace: Pace { capacity: Some(50), rate: Some(Rate { count: 20, interval: Duration(60000) }), admissions_max: None } }"))
      .toEqual({ capacity: 50, count: 20, seconds: 60, total: null });
    expect(paceOf("SetPace { pace: Pace { capacity: None, rate: None, admissions_max: Some(900) } }"))
      .toEqual({ capacity: null, count: null, seconds: null, total: 900 });
  });
});
