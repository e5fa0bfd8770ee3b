// The gate: a ticket counts once, with a network and without.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { fits, signIn } from "../lib/steps.mjs";

const here = stage();

test("a ticket lets one person in, also while there is no network", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [2, 6] }) });
  const [fan] = await shop.people(sale, 1);
  await fan.join(sale);
  await fan.enter(sale);
  await fan.hold(sale, { best_available: { count: 4, adjacent: false } });
  await fan.buy(sale);
  const { tickets } = await fan.get("/v1/tickets");

  const page = await newPerson(browser, { viewport: PHONE });
  page.refusals.push([409, /check-ins/], [422, /check-ins/], [0, /./]);
  await page.goto(`${shop.url}/check-in`);
  await signIn(page, OPERATOR, PASSWORD);
  await page.selectOption("#gate-sale", sale);
  const scan = async (code, word) => {
    await page.locator("#gate-code").fill(code);
    await page.locator("#gate-code").press("Enter");
    await page.locator(".word", { hasText: new RegExp(`^${word}$`) }).waitFor();
  };
  await scan(tickets[0].code, "Come in");
  assert.deepEqual(await violations(page), [], "come in");
  await fits(page, "gate");
  await scan(tickets[0].code, "Used already");
  assert.deepEqual(await violations(page), [], "used");
  await scan("hello", "Do not let in");

  await page.context().setOffline(true);
  await scan(tickets[1].code, "Come in");
  await scan(tickets[1].code, "Used already");
  const forged = tickets[2].code;
  await scan(forged.slice(0, 60) + (forged[60] === "A" ? "B" : "A") + forged.slice(61), "Do not let in");
  await page.context().setOffline(false);
  await page.waitForFunction(() => document.querySelector(".count")?.textContent?.startsWith("0"));
  // What was checked in without a network counts at the server, too.
  await assert.rejects(shop.operator.post("/v1/check-ins", { code: tickets[1].code }), /ticket_already_used/);
  assert.deepEqual(page.wrong, []);
});
