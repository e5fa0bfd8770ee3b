// The gate: a ticket counts once, with a network and without.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { becomes, fits, signIn } from "../lib/steps.mjs";

const here = stage();

/** A fan with so many tickets to a sale of its own. */
async function sold(shop, count) {
  const sale = await shop.putOnSale({ hall: hall({ stalls: [2, 6] }) });
  const [fan] = await shop.people(sale, 1);
  await fan.join(sale);
  await fan.enter(sale);
  await fan.hold(sale, { best_available: { count, adjacent: false } });
  await fan.buy(sale);
  return { sale, tickets: (await fan.get("/v1/tickets")).tickets };
}

/** Types the code of a ticket and reads what the gate says. */
async function scan(page, code, word) {
  await page.locator("#gate-code").fill(code);
  await page.locator("#gate-code").press("Enter");
  await page.locator(".word", { hasText: new RegExp(`^${word}$`) }).waitFor();
}

test("a ticket lets one person in, also while there is no network", async () => {
  const { shop, browser } = here;
  const { sale, tickets } = await sold(shop, 4);
  const page = await newPerson(browser, { viewport: PHONE });
  page.refusals.push([409, /check-ins/], [422, /check-ins/], [0, /./]);
  await page.goto(`${shop.url}/check-in`);
  await signIn(page, OPERATOR, PASSWORD);
  await page.selectOption("#gate-sale", sale);
  await scan(page, tickets[0].code, "Come in");
  assert.deepEqual(await violations(page), [], "come in");
  await fits(page, "gate");
  await scan(page, tickets[0].code, "Used already");
  assert.deepEqual(await violations(page), [], "used");
  await scan(page, "hello", "Do not let in");

  await page.context().setOffline(true);
  await scan(page, tickets[1].code, "Come in");
  await scan(page, tickets[1].code, "Used already");
  const forged = tickets[2].code;
  await scan(page, forged.slice(0, 60) + (forged[60] === "A" ? "B" : "A") + forged.slice(61), "Do not let in");
  await page.context().setOffline(false);
  await page.waitForFunction(() => document.querySelector(".count")?.textContent?.startsWith("0"));
  // What was checked in without a network counts at the server, too.
  await assert.rejects(shop.operator.post("/v1/check-ins", { code: tickets[1].code }), /ticket_already_used/);
  assert.deepEqual(page.wrong, []);
});

test("the gate opens again without a network, and sends what it let in when there is one", async () => {
  const { shop, browser } = here;
  const { sale, tickets } = await sold(shop, 2);
  const page = await newPerson(browser, { viewport: PHONE });
  page.refusals.push([409, /check-ins/], [0, /./]);
  await page.goto(`${shop.url}/check-in`);
  await signIn(page, OPERATOR, PASSWORD);
  await page.selectOption("#gate-sale", sale);
  // All that the page needs is kept: its file, its scripts, and who is at this gate.
  await becomes(page, async () => {
    const [page, me] = await Promise.all(["/check-in", "/v1/me"].map((path) => caches.match(path)));
    const scripts = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith("/assets/"));
    return page && me && scripts.length > 3 && (await Promise.all(scripts.map((path) => caches.match(path)))).every(Boolean);
  });

  await page.context().setOffline(true);
  await page.reload();
  await page.getByText("No network", { exact: false }).first().waitFor();
  await scan(page, tickets[0].code, "Come in");
  // What was let in is known to the next page, too.
  await page.reload();
  await scan(page, tickets[0].code, "Used already");
  await scan(page, tickets[1].code, "Come in");
  await fits(page, "gate without a network");
  assert.deepEqual(await violations(page), [], "without a network");

  await page.context().setOffline(false);
  await page.waitForFunction(() => document.querySelector(".count")?.textContent?.startsWith("0"));
  for (const { code } of tickets) await assert.rejects(shop.operator.post("/v1/check-ins", { code }), /ticket_already_used/);
  await scan(page, tickets[1].code, "Used already");
  assert.deepEqual(page.wrong, []);
});
