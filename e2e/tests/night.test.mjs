// The night of a sale: the organiser's cockpit, orders, and what an operator sees.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { fits, signIn } from "../lib/steps.mjs";

const here = stage();

test("an organiser steers a sale until it is sold out, and refunds an order", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [2, 4], standing: 4 }), inside: 20 });
  const people = await shop.people(sale, 4);
  const page = await newPerson(browser);
  page.refusals.push([403, /rehearsal-fans/], [404, /rehearsal-fans/]);
  await page.goto(`${shop.url}/organiser/sales/${sale}`);
  await signIn(page, OPERATOR, PASSWORD);
  await page.getByRole("heading", { name: "How fast people are let in" }).waitFor();
  const yes = (text) => page.locator("dialog").getByRole("button", { name: text, exact: true }).click();

  await page.locator("#cockpit-word-new").fill("The doors open an hour later.");
  await page.getByRole("button", { name: "Show to everybody" }).click();
  await yes("Show it");
  await page.locator("blockquote").waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await yes("Pause");
  await page.getByText("The sale is paused: nobody comes in.").first().waitFor();
  assert.equal((await shop.operator.get(`/v1/sales/${sale}/status`)).stage, "paused");
  assert.deepEqual(await violations(page), [], "paused");
  await page.locator(".hand").getByRole("button", { name: "Go on" }).click();
  await yes("Go on");
  await page.getByText("On sale", { exact: true }).first().waitFor();

  for (const person of people.slice(0, 3)) {
    await person.join(sale);
    await person.enter(sale);
    await person.hold(sale, { best_available: { count: 4, adjacent: false } });
    await person.buy(sale);
  }
  await page.getByText("Sold out", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Check now" }).click();
  await page.getByText("Everything is right.").first().waitFor();
  assert.deepEqual(await violations(page), [], "sold out");

  await page.goto(`${shop.url}/organiser/sales/${sale}/orders`);
  await page.locator("ol > li").nth(2).waitFor();
  assert.deepEqual(await violations(page), [], "orders");
  await page.locator("ol > li").first().getByRole("button").first().click();
  await yes("Refund");
  await page.locator("ol > li").first().locator("[data-stage^=refund]").waitFor();
  const { orders: refunded } = await shop.operator.get(`/v1/sales/${sale}/orders?limit=1`);
  assert.match(refunded[0].stage, /^refund/);
  const guests = await page.evaluate(async (path) => (await fetch(path)).text(), `/v1/sales/${sale}/guests.csv`);
  assert.ok(guests.trim().split("\n").length >= 9, "two orders of four tickets and a head");
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);

  const operator = await newPerson(browser, { viewport: PHONE });
  await operator.goto(`${shop.url}/operator`);
  await signIn(operator, OPERATOR, PASSWORD);
  await operator.getByText(sale).first().waitFor();
  await operator.getByText(/paused/i).first().waitFor();
  await fits(operator, "operator");
  assert.deepEqual(await violations(operator), [], "operator");
  assert.deepEqual(operator.wrong, []);
});
