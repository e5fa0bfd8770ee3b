// What is measured of the pages that a crowd loads: bytes, Lighthouse, and how smoothly the map moves.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";

import { chromium } from "playwright-core";

import { violations } from "./axe.mjs";
import { ARGS, newPerson } from "./browser.mjs";
import { frameTimes, summary } from "./frames.mjs";
import { arena, hall } from "./hall.mjs";
import { scores } from "./lighthouse.mjs";
import { freePorts } from "./process.mjs";
import { comeIn, join, signUp } from "./steps.mjs";
import { countTransfer } from "./transfer.mjs";

/** Rows, and seats in each. */
export const SEATS = [100, 200];
const SELECT_SECONDS = 1_200;
/** As Lighthouse has it: a phone of the middle. */
const PHONE = { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, hasTouch: true, isMobile: true };

/** One at a time may choose, and somebody else is in. */
async function saleWithLine({ shop }, plan) {
  const sale = await shop.putOnSale({ hall: plan, inside: 1, selectSeconds: SELECT_SECONDS });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  return { sale, other };
}

/** Bytes as they were sent, with nothing cached; `loaded` says what they were. */
export async function transfer(here) {
  const { shop, browser } = here;
  const { sale, other } = await saleWithLine(here, hall({ stalls: SEATS }));
  const page = await newPerson(browser);
  const event = await countTransfer(page);
  await page.goto(`${shop.url}/events/event_1`);
  await page.getByRole("heading", { name: "The Last Encore" }).waitFor();
  await page.waitForLoadState("networkidle");
  const figures = { event_page_bytes: event.sum() };
  const loaded = { event_page_bytes: event.list() };

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
  loaded.line_page_bytes = line.list();

  // From here on, all that is needed to choose among 20,000 seats.
  await other.leave(sale);
  await again.locator(".turn").waitFor();
  await comeIn(again);
  await again.locator(".map canvas").first().waitFor();
  await again.waitForLoadState("networkidle");
  figures.seat_map_bytes = line.sum();
  loaded.seat_map_bytes = line.list();
  return { figures, loaded };
}

/** Lighthouse on a slow phone; `pages` are its scores by page, `axe` counts what axe found on them. */
export async function lighthouse(here) {
  const { shop } = here;
  const { sale, other } = await saleWithLine(here, hall({ stalls: SEATS }));
  const [port] = await freePorts(1);
  const profile = await mkdtemp(path(tmpdir(), "onsale-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...ARGS, `--remote-debugging-port=${port}`],
  });
  const [pages, figures] = [{}, {}];
  let axe = 0;
  try {
    const page = await context.newPage();
    const measure = async (name, url) => {
      await page.goto(url);
      await page.waitForLoadState("networkidle");
      axe += (await violations(page)).length;
      const { failed, ...of } = await scores(url, port);
      pages[name] = { ...of, failed };
      for (const [category, score] of Object.entries(of)) figures[`lighthouse_${name}_${category}`] = score;
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
  return { figures, pages, axe };
}

/** Frames of the map of a big hall while it is moved; `frames` are how many there were. */
export async function frames({ shop, browser }, rounds) {
  const sale = await shop.putOnSale({ hall: arena(), selectSeconds: SELECT_SECONDS });
  const context = await browser.newContext(PHONE);
  try {
    const page = await context.newPage();
    await page.goto(`${shop.url}/sales/${sale}`);
    await signUp(page);
    await join(page);
    await comeIn(page);
    const map = page.locator(".map .surface canvas").first();
    await map.waitFor();
    await map.scrollIntoViewIfNeeded();
    await page.waitForTimeout(2_000);
    const { times, sharp } = await frameTimes(page, rounds);
    const figures = Object.assign({}, ...Object.entries(times).map(([name, all]) => summary(name, all)), { map_sharp_after_zoom_ms_max: Math.round(Math.max(...sharp)) });
    return { figures, frames: Object.values(times).flat().length };
  } finally {
    await context.close();
  }
}
