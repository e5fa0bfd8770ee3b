// WCAG 2.2 A and AA on every page and in every stage, in light and in dark.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const here = stage();

test("every stage of a purchase is accessible", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [6, 12], balcony: [4, 10], standing: 20 }), inside: 1 });
  const [other] = await shop.people(sale, 1);
  await other.join(sale);
  const page = await newPerson(browser);
  const check = async (stage) => assert.deepEqual(await violations(page), [], stage);

  await page.goto(`${shop.url}/tickets`);
  await page.locator(".account-form").waitFor();
  await check("tickets, signed out");
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.locator(".account-form").waitFor();
  await check("lobby");
  await signUp(page);
  await join(page);
  await page.locator(".waiting").waitFor();
  await check("waiting");
  await page.locator(".waiting button.quiet").click();
  await page.locator("dialog").waitFor();
  await check("the question whether to leave");
  await page.keyboard.press("Escape");
  await other.leave(sale);
  await page.locator(".turn").waitFor();
  await check("turn");
  await comeIn(page);
  await takeBest(page, 2);
  await check("choosing on the map");
  await page.locator(".ways button", { hasText: "List" }).click();
  await check("choosing from the list");
  await goToProvider(page);
  await check("the provider's page");
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.getByRole("button", { name: "Go to payment" }).waitFor();
  await check("paying");
  await page.getByRole("button", { name: "Go to payment" }).click();
  await payWithGoodCard(page);
  await seesTickets(page, 2);
  await check("order");
  await page.goto(`${shop.url}/tickets`);
  await seesTickets(page, 2);
  await check("tickets");
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.getByRole("heading", { name: "You have your tickets" }).waitFor();
  await check("done");
  assert.deepEqual(page.wrong, []);
});
