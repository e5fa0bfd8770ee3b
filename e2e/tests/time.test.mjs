// Time that runs out, and a second tab: what was promised holds, and the page says what to do next.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, goToProvider, join, signUp, takeBest } from "../lib/steps.mjs";

const here = stage();
const HALL = { stalls: [3, 8] };

/** Everything on sale is free again. */
async function allFree(shop, sale) {
  for (;;) {
    const { stock } = await shop.operator.get(`/v1/sales/${sale}/status`);
    if (stock.every(({ held, sold }) => held + sold === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("who does not choose in time gives the seats back and may join again", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall(HALL), selectSeconds: 10 });
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  await takeBest(page, 2);
  await page.getByText("Your time was over and your seats went back.", { exact: false }).waitFor();
  await allFree(shop, sale);
  await join(page);
  await comeIn(page);
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

test("who does not pay in time gives the seats back, and the order says so", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall(HALL), paySeconds: 10 });
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  await takeBest(page, 2);
  await goToProvider(page);
  await allFree(shop, sale);
  await page.goto(`${shop.url}/account`);
  await page.locator("a[href^='/orders/']").first().click();
  await page.getByRole("heading", { name: "The time to pay is over" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

test("a second tab and a second device show the same place", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall(HALL), inside: 1 });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await page.locator(".waiting h2", { hasText: "You are number 2" }).waitFor();
  const tab = await page.context().newPage();
  await tab.goto(`${shop.url}/sales/${sale}`);
  await tab.locator(".waiting h2", { hasText: "You are number 2" }).waitFor();
  const { line } = await shop.operator.get(`/v1/sales/${sale}/status`);
  assert.equal(line.last_number, 2, "one account, one place");
  await other.leave(sale);
  await Promise.all([page, tab].map((one) => one.locator(".turn").waitFor()));
  await comeIn(tab);
  await page.locator(".choose .best").waitFor();
  assert.deepEqual(page.wrong, []);
});
