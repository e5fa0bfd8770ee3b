// The same way without a pointer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { held, seesTickets } from "../lib/steps.mjs";

const TABS_MAX = 80;

const here = stage();

/** Presses Tab until the focus is on what `selector` names. */
async function tabTo(page, selector) {
  for (let pressed = 0; pressed < TABS_MAX; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`Tab does not lead to ${selector}`);
}

/** After a change of view the focus is on its heading, where a screen reader goes on reading. */
async function headingHasFocus(page, selector) {
  await page.waitForFunction((wanted) => document.activeElement.matches(wanted), selector);
}

test("a person buys two seats from the list with the keyboard alone", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [4, 8], balcony: [3, 6] }), inside: 5 });
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.locator(".account-form").waitFor();
  await tabTo(page, "#account-email");
  await page.keyboard.type("keys@example.org");
  await tabTo(page, "#account-password");
  await page.keyboard.type("a long good passphrase");
  await page.keyboard.press("Enter");
  await page.locator(".account-form").waitFor({ state: "detached" });

  await tabTo(page, ".join");
  await page.keyboard.press("Enter");
  await page.locator(".turn").waitFor();
  await headingHasFocus(page, ".turn h2");
  await tabTo(page, ".turn .join");
  await page.keyboard.press("Enter");
  await headingHasFocus(page, ".choose-title");
  await page.locator(".ways").waitFor();

  await tabTo(page, ".ways button[aria-pressed=false]");
  await page.keyboard.press("Enter");
  await tabTo(page, "#list-section");
  await page.keyboard.press("ArrowDown");
  await page.locator("legend", { hasText: "Balcony, row 1" }).waitFor();
  for (const count of [1, 2]) {
    await tabTo(page, ".boxes input[aria-disabled=false]:not(:checked)");
    await page.keyboard.press("Space");
    await held(page, count);
    assert.ok(await page.evaluate(() => document.activeElement.checked), "the focus stays on the seat just taken");
  }
  assert.deepEqual(await page.locator(".items .item-name").allInnerTexts(), ["Balcony\nRow 1 · Seat 1", "Balcony\nRow 1 · Seat 2"]);
  await page.locator("[role=status]", { hasText: "Held for you: Balcony · Row 1 · Seat 1; Balcony · Row 1 · Seat 2" }).waitFor({ state: "attached" });

  await tabTo(page, ".paybar button");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/pay\//);
  await tabTo(page, "input[name=card]");
  await page.keyboard.press("Space");
  await tabTo(page, "button[value=pay]");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/orders\//);
  await page.locator(".outcome.paid").waitFor();
  await tabTo(page, ".outcome a");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/tickets$/);
  await seesTickets(page, 2);
  assert.deepEqual(page.wrong, []);
});
