// One person, other people, and the way from the countdown to the ticket.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, goToProvider, held, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const OTHERS = 6;
const INSIDE = 3;

const here = stage();

test("a person signs up, waits behind others, loses a seat to one of them, pays and has tickets", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [6, 12], balcony: [4, 10], standing: 20 }), opensInMs: 8_000, inside: INSIDE });
  const others = await shop.people(sale, OTHERS);
  const page = await newPerson(browser);
  page.refusals.push([409, /\/hold$/], [402, /\/pay\//]);
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.locator(".join[aria-disabled=true]").waitFor();
  await page.locator(".countdown", { hasText: /0:0\d/ }).waitFor();
  assert.match(await page.locator(".rules").innerText(), /5 minutes to choose seats and 5 minutes to pay/);
  await signUp(page);

  const places = await Promise.all(others.map((other) => other.join(sale)));
  assert.deepEqual(places.map(({ number }) => number).sort(), [1, 2, 3, 4, 5, 6]);
  await join(page);
  await page.locator(".waiting h2", { hasText: `You are number ${OTHERS + 1}` }).waitFor();
  const ahead = (count) => page.locator(".ahead .giant", { hasText: new RegExp(`^${count}$`) }).waitFor();
  await ahead(OTHERS - INSIDE);
  await page.reload();
  await page.locator(".waiting h2", { hasText: `You are number ${OTHERS + 1}` }).waitFor();
  await ahead(OTHERS - INSIDE);

  const inOrder = others.map((other, index) => [places[index].number, other]).sort(([a], [b]) => a - b).map(([, other]) => other);
  await inOrder[0].leave(sale);
  await ahead(OTHERS - INSIDE - 1);
  for (const other of inOrder.slice(1, OTHERS - INSIDE)) await other.leave(sale);
  const rival = inOrder.at(-1);
  await rival.leave(sale);
  await comeIn(page);
  await page.locator(".map canvas").first().waitFor();
  const seats = await takeBest(page, 2);
  assert.match(seats.join(" "), /Row \d+ · Seat \d+/);

  await loseOneTo(inOrder.at(-2), sale, page);
  assert.deepEqual(await page.locator(".items .item-name").allInnerTexts(), seats);
  await page.reload();
  await held(page, 2);
  assert.deepEqual(await page.locator(".items .item-name").allInnerTexts(), seats);

  await goToProvider(page);
  await page.locator("input[value='4000000000000002']").check();
  await page.locator("button[value=pay]").click();
  await page.locator("[role=alert]").waitFor();
  await payWithGoodCard(page);
  await seesTickets(page, 2);
  await page.goto(`${shop.url}/tickets`);
  await seesTickets(page, 2);
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.getByRole("heading", { name: "You have your tickets" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await shop.audit(sale);
});

/** The rival takes a seat while the person's wish for the same seat is on its way. */
async function loseOneTo(rival, sale, page) {
  await rival.enter(sale);
  await page.locator(".ways button", { hasText: "List" }).click();
  const box = page.locator(".boxes input:not(:checked)[aria-disabled=false]").last();
  const id = await box.getAttribute("id");
  await page.route("**/hold", async (route) => {
    await rival.hold(sale, { seats: [Number(id.slice("seat-".length))] });
    await route.continue();
  }, { times: 1 });
  await page.locator(`#${id}`).click();
  await page.locator(".choose-notice .problem").waitFor();
  await page.locator(`#${id}[aria-disabled=true]:not(:checked)`).waitFor();
  await held(page, 2);
}
