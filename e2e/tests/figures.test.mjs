// How heavy and how good the pages are that a crowd loads; the figures are the report `web` (`npm run figures` takes more of them).

import assert from "node:assert/strict";
import { test } from "node:test";

import { frames, lighthouse, SEATS, transfer } from "../lib/figures.mjs";
import { writeReport } from "../lib/report.mjs";
import { stage } from "../lib/stage.mjs";

/** Bytes: more than a page can do with, and as many as it may have. */
const LIMITS = { line_page_bytes: [5_000, 30_000], event_page_bytes: [5_000, 120_000], seat_map_bytes: [50_000, 350_000] };
const GOOD = 95;

const here = stage();
const figures = {};

test("the pages of a crowd are light", async () => {
  const measured = await transfer(here);
  Object.assign(figures, measured.figures);
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    assert.ok(figures[name] > least && figures[name] <= most, `${name}: ${figures[name]}: ${measured.loaded[name].join("; ")}`);
  }
});

test("the pages of a crowd are good on a slow phone", async () => {
  const measured = await lighthouse(here);
  Object.assign(figures, measured.figures);
  // How fast it was depends on what else the machine did; the other two do not.
  for (const [name, { accessibility, best_practices: practices, failed }] of Object.entries(measured.pages)) {
    assert.ok(accessibility >= GOOD && practices >= GOOD, `${name}: ${accessibility}, ${practices}, failed: ${failed.join(", ")}`);
  }
  assert.equal(measured.axe, 0);
});

test("the map of a big hall moves under a finger", async () => {
  const measured = await frames(here, 1);
  Object.assign(figures, measured.figures);
  assert.ok(measured.frames > 100, `${measured.frames} frames`);
  await writeReport({ load: { seats: SEATS[0] * SEATS[1], rounds: 1 }, figures, violations: { axe: 0 } });
});
