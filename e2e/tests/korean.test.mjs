// A phone in Seoul.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, fits, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const here = stage();
const texts = JSON.parse(await readFile(new URL("../../web/i18n/en.json", import.meta.url), "utf8"));
const keys = Object.keys(texts).filter((key) => key.includes(".")).map((key) => key.split("#")[0]);

/** The page is in Korean, nothing on it is the key of a missing text, and it fits. */
async function reads(page, step) {
  assert.equal(await page.locator("html").getAttribute("lang"), "ko", step);
  const text = await page.locator("main").innerText();
  assert.match(text, /[가-힣]{2}/, step);
  assert.deepEqual(keys.filter((key) => text.includes(key)), [], step);
  await fits(page, step);
}

test("a person buys on a small phone in Korean", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [6, 12], balcony: [4, 10], standing: 20 }), inside: 1, event: "마지막 앙코르" });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  const page = await newPerson(browser, { viewport: PHONE, locale: "ko-KR" });
  await page.goto(shop.url);
  await page.getByText("마지막 앙코르").first().waitFor();
  await reads(page, "home");
  await page.goto(`${shop.url}/events/event_1`);
  await page.getByRole("heading", { name: "마지막 앙코르" }).waitFor();
  await reads(page, "event");
  await page.goto(`${shop.url}/sales/${sale}/board`);
  await page.locator("#buy").click();
  await page.locator(".account-form").waitFor();
  await reads(page, "lobby");
  await signUp(page);
  await join(page);
  await page.getByRole("heading", { name: "2번" }).waitFor();
  await reads(page, "waiting");
  await other.leave(sale);
  await page.locator(".turn").waitFor();
  await reads(page, "turn");
  await comeIn(page);
  await takeBest(page, 2);
  await page.getByText("₩308,000").first().waitFor();
  await reads(page, "choosing");
  // The bar with the price covers the foot of the window, so what is under it is scrolled up first.
  await page.locator(".map-controls").evaluate((controls) => controls.scrollIntoView({ block: "center" }));
  assert.deepEqual(await violations(page), []);
  await goToProvider(page);
  await reads(page, "payment");
  await payWithGoodCard(page);
  await seesTickets(page, 2);
  await reads(page, "order");
  await printsTickets(page);
  await page.goto(`${shop.url}/tickets`);
  await seesTickets(page, 2);
  await reads(page, "tickets");
  assert.match(await page.locator(".ticket").first().innerText(), /2031년 5월 17일/);
  await page.goto(`${shop.url}/sales/${sale}/board`);
  await page.locator("#board").waitFor();
  await reads(page, "board");
  assert.deepEqual(page.wrong, []);
});

/** The link of an order gives a file to print: two pages, tagged as Korean for who listens to it. */
async function printsTickets(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[download][href$='.pdf']").click()]);
  assert.match(download.suggestedFilename(), /^tickets-.+\.pdf$/);
  const pdf = await readFile(await download.path(), "latin1");
  assert.ok(pdf.startsWith("%PDF-") && pdf.trimEnd().endsWith("%%EOF"), pdf.slice(0, 20));
  assert.match(pdf, /\/Lang ?\(ko\)/);
  assert.equal(pdf.match(/\/Type ?\/Page\b/g)?.length, 2);
}
