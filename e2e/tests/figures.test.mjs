// How heavy and how good the pages are that a crowd loads; the figures are the report `web`.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { test } from "node:test";

import { chromium } from "playwright-core";

import { violations } from "../lib/axe.mjs";
import { ARGS, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { scores } from "../lib/lighthouse.mjs";
import { freePorts } from "../lib/process.mjs";
import { writeReport } from "../lib/report.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, join, signUp } from "../lib/steps.mjs";
import { countTransfer } from "../lib/transfer.mjs";

const SEATS = { stalls: [100, 200] };
const LINE_BYTES_MAX = 30_000;
const EVENT_BYTES_MAX = 120_000;
const MAP_BYTES_MAX = 350_000;
const GOOD = 95;

const here = stage();
const figures = {};
let axe = 0;

test("the pages of a crowd are light", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall(SEATS), inside: 1 });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  const page = await newPerson(browser);
  const event = await countTransfer(page);
  await page.goto(`${shop.url}/events/event_1`);
  await page.getByRole("heading", { name: "The Last Encore" }).waitFor();
  await page.waitForLoadState("networkidle");
  figures.event_page_bytes = event.sum();

  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await page.locator(".waiting").waitFor();
  const again = await page.context().newPage();
  const line = await countTransfer(again);
  await again.goto(`${shop.url}/sales/${sale}`);
  await again.locator(".waiting").waitFor();
  // All but the answers of the API; what comes after the line is loaded some seconds later.
  figures.line_page_bytes = line.sum((address) => !address.startsWith("/v1/"));
  const loaded = line.list().join("; ");

  // From here on, all that is needed to choose among 20,000 seats.
  await other.leave(sale);
  await again.locator(".turn").waitFor();
  await comeIn(again);
  await again.locator(".map canvas").first().waitFor();
  await again.waitForLoadState("networkidle");
  figures.seat_map_bytes = line.sum();
  assert.ok(figures.line_page_bytes > 5_000 && figures.line_page_bytes <= LINE_BYTES_MAX, `line: ${figures.line_page_bytes}: ${loaded}`);
  assert.ok(figures.event_page_bytes > 5_000 && figures.event_page_bytes <= EVENT_BYTES_MAX, `event: ${event.list().join("; ")}`);
  assert.ok(figures.seat_map_bytes > 50_000 && figures.seat_map_bytes <= MAP_BYTES_MAX, `map: ${line.list().join("; ")}`);
});

test("the pages of a crowd are good on a slow phone", async () => {
  const { shop } = here;
  const sale = await shop.putOnSale({ hall: hall(SEATS), inside: 1 });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  const [port] = await freePorts(1);
  const profile = await mkdtemp(path(tmpdir(), "onsale-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...ARGS, `--remote-debugging-port=${port}`],
  });
  try {
    const page = await context.newPage();
    const measure = async (name, url) => {
      await page.goto(url);
      await page.waitForLoadState("networkidle");
      axe += (await violations(page)).length;
      const { failed, ...of } = await scores(url, port);
      for (const [category, score] of Object.entries(of)) figures[`lighthouse_${name}_${category}`] = score;
      // How fast it was depends on what else the machine did; the other two do not.
      assert.ok(of.accessibility >= GOOD && of.best_practices >= GOOD, `${name}: ${JSON.stringify(of)}, failed: ${failed.join(", ")}`);
    };
    await measure("home", shop.url);
    await measure("event", `${shop.url}/events/event_1`);
    await page.goto(`${shop.url}/sales/${sale}`);
    await signUp(page);
    await join(page);
    await page.locator(".waiting").waitFor();
    await measure("line", `${shop.url}/sales/${sale}`);
    await other.leave(sale);
    await page.goto(`${shop.url}/sales/${sale}`);
    await comeIn(page);
    await measure("seat_map", `${shop.url}/sales/${sale}`);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
  assert.equal(axe, 0);
  await writeReport({ load: { seats: SEATS.stalls[0] * SEATS.stalls[1] }, figures, violations: { axe } });
});
