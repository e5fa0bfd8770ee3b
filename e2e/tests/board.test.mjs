// The live board, from the countdown to the last ticket.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";

const SEATS = 24;

const here = stage();

test("the board counts down, moves with every order, and says when all is sold", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [3, 8] }), opensInMs: 8_000, inside: 2, ticketsMax: 4 });
  const people = await shop.people(sale, SEATS / 4 + 3);
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}/board`);
  await page.locator("#board[data-stage=scheduled]").waitFor();
  await page.locator("#countdown", { hasText: /0:0\d/ }).waitFor();
  await page.evaluate(() => {
    globalThis.seen = [];
    const sold = document.getElementById("sold");
    new MutationObserver(() => globalThis.seen.push(Number(sold.textContent))).observe(sold, { childList: true });
  });

  const places = await Promise.all(people.map(async (person) => [(await person.join(sale)).number, person]));
  const inOrder = places.sort(([a], [b]) => a - b).map(([, person]) => person);
  await page.locator("#board[data-stage=open]").waitFor();
  await page.locator("#waiting", { hasText: /^7$/ }).waitFor();
  await page.locator("#active", { hasText: /^2$/ }).waitFor();
  const hallBefore = await page.locator("#hall").screenshot();
  assert.deepEqual(await violations(page), [], "on sale");
  for (const [index, person] of inOrder.slice(0, SEATS / 4).entries()) {
    await person.enter(sale);
    await person.hold(sale, { best_available: { count: 4, adjacent: false } });
    await page.locator("#held", { hasText: /^4$/ }).waitFor();
    await person.buy(sale);
    await page.locator("#sold", { hasText: new RegExp(`^${(index + 1) * 4}$`) }).waitFor();
  }

  await page.locator("#board[data-stage=sold_out]").waitFor();
  await page.locator("#stamp", { hasText: /in \d+:\d\d/ }).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.seen), [4, 8, 12, 16, 20, 24]);
  assert.equal(await page.locator("#share").innerText(), "100%");
  assert.match(await page.locator("#taken").innerText(), /₩3,696,000/);
  assert.equal(await page.locator("#orders").innerText(), "6");
  assert.equal(await page.locator("#buy").isVisible(), false);
  assert.notDeepEqual(await page.locator("#hall").screenshot(), hallBefore, "the seats have changed their colour");
  assert.deepEqual(await violations(page), [], "sold out");

  await page.goto(`${shop.url}/sales/${sale}`);
  await page.locator(".ended h2", { hasText: "Sold out" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});
