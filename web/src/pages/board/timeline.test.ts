import { describe, expect, it } from "vitest";

import { moved, paceOf, withPoint, type Timeline } from "./timeline";

const none: Timeline = { points: [], peak: 0 };

describe("the timeline", () => {
  it("measures what is sold a minute over the last ten seconds", () => {
    expect(paceOf([[0, 0, 0], [50_000, 100, 0], [55_000, 110, 0], [60_000, 120, 0]])).toBe(120);
  });
  it("says nothing of less than a second", () => expect(paceOf([[0, 0, 0], [900, 50, 0]])).toBe(0));
  it("leaves out what says nothing new", () => {
    const one = withPoint(none, [0, 1, 0]);
    expect(withPoint(one, [100, 1, 5])).toEqual(one);
    expect(withPoint(one, [100, 2, 5]).points).toHaveLength(2);
  });
  it("keeps its ends and its peak when it grows old", () => {
    let line = none;
    for (let at = 0; at < 2_000; at += 1) line = withPoint(line, [at * 1_000, at < 100 ? at : 100, 0]);
    expect(line.points.length).toBeLessThanOrEqual(601);
    expect(line.points[0]?.[0]).toBe(0);
    expect(line.points.at(-1)?.[0]).toBe(1_999_000);
    expect(line.peak).toBe(60);
    expect(moved(line.points)).toBe(true);
  });
});
