// A provider that is slow, silent, or takes money too late: what a buyer sees, and that it ends as tickets or as a refund.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const HALL = { stalls: [1, 2] };
/** The provider hears nothing of an order that is over, and takes the money all the same. */
const LATE = { fail: 1, capture_late: 1 };

const here = stage();

/** A person with two seats, at the step before the payment. */
async function chooses(sale, name) {
  const { shop, browser } = here;
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  await takeBest(page, 2);
  assert.deepEqual(await violations(page), [], name);
  return page;
}

/** Pays on the provider's page, without waiting for what becomes of it. */
async function pays(page) {
  await page.locator("input[value='4242424242424242']").check();
  await page.locator("button[value=pay]").click();
  await page.waitForURL(/\/orders\//);
}

test("a provider that answers slowly is waited for, and the page says so", async () => {
  const { shop } = here;
  await shop.provider({ slow_ms: 5_000 });
  const sale = await shop.putOnSale({ hall: hall(HALL) });
  const page = await chooses(sale, "choosing");
  await page.locator(".paybar button").click();
  // The order is made; its payment page is not there yet.
  await page.getByRole("heading", { name: "Pay for your tickets" }).waitFor();
  await page.locator("button[aria-disabled=true]", { hasText: "Preparing payment" }).waitFor();
  await page.locator(".timer").waitFor();
  assert.deepEqual(await violations(page), [], "preparing");
  await page.locator("button:not([aria-disabled])", { hasText: "Go to payment" }).click();
  await page.waitForURL(/\/pay\//);
  await shop.provider({ webhook_delay_ms: 4_000 });
  await pays(page);
  // Paid, and the word of it is still on its way.
  await page.getByRole("heading", { name: "Waiting for your payment" }).waitFor();
  assert.deepEqual(await violations(page), [], "waiting for the payment");
  await page.locator(".outcome.paid").waitFor();
  await seesTickets(page, 2);
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

test("a capture after the time buys the seats if they are still free", async () => {
  const { shop } = here;
  await shop.provider({});
  const sale = await shop.putOnSale({ hall: hall(HALL), paySeconds: 6 });
  const page = await chooses(sale, "choosing");
  await goToProvider(page);
  await shop.provider(LATE);
  await over(sale);
  await payWithGoodCard(page);
  await seesTickets(page, 2);
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

test("a capture after the time is paid back if somebody else has the seats", async () => {
  const { shop } = here;
  await shop.provider({});
  const sale = await shop.putOnSale({ hall: hall(HALL), paySeconds: 6 });
  const page = await chooses(sale, "choosing");
  await goToProvider(page);
  await shop.provider(LATE);
  await over(sale);
  const [rival] = await shop.people(sale, 1);
  await rival.join(sale);
  await rival.enter(sale);
  await rival.hold(sale, { best_available: { count: 2, adjacent: false } });
  await pays(page);
  await page.getByRole("heading", { name: "Your money is on its way back" }).waitFor();
  assert.deepEqual(await violations(page), [], "on its way back");
  await shop.provider({});
  await page.getByRole("heading", { name: "Refunded" }).waitFor();
  assert.deepEqual(await violations(page), [], "refunded");
  assert.equal(await page.locator(".ticket").count(), 0);
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

/** The time to pay is over and the seats are free again. */
async function over(sale) {
  for (;;) {
    const { stock } = await here.shop.operator.get(`/v1/sales/${sale}/status`);
    if (stock.every(({ held, sold }) => held + sold === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
