// Every page with names that are too long for it, on the smallest screen in Korean and on a desk in English: nothing is wider than the window.
// With SHOTS=FOLDER each is put there as a picture, in light and in dark.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";
import { test } from "node:test";

import { DESKTOP, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, fits, goToProvider, join, payWithGoodCard, seesTickets, signIn, signUp, takeBest } from "../lib/steps.mjs";

const SMALL = { width: 320, height: 640 };
const WAYS = [["en", { viewport: DESKTOP, locale: "en-GB" }], ["ko", { viewport: SMALL, locale: "ko-KR" }]];
const LONG = {
  event: "Donaudampfschifffahrtsgesellschaftskapitänskonzert der Philharmonischen Gesellschaft",
  venue: "Bürgermeister-Friedrich-Wilhelm-Gemeinschaftsveranstaltungszentrum",
  names: ["Parkettbalkonlogenseitenplätze", "대극장이층발코니중앙블록휠체어석", "Stehplatzinnenraumvorderbereich"],
};
const shots = process.env.SHOTS;

const here = stage();

/** The page fits its window; a picture of it, if they are wanted. */
async function look(page, name) {
  await fits(page, name);
  if (!shots) return;
  await mkdir(shots, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await page.screenshot({ path: path(shots, `${name}-${colorScheme}.png`), fullPage: !name.includes("map") });
  }
}

const open = (options = {}) => here.shop.putOnSale({
  hall: hall({ stalls: [6, 14], balcony: [4, 12], standing: 60, names: LONG.names }), event: LONG.event, venue: LONG.venue, ...options,
});

for (const [language, options] of WAYS) {
  test(`what a fan sees has room for long names (${language})`, async () => {
    const { shop, browser } = here;
    const [sale, later] = [await open({ inside: 1 }), await open({ opensInMs: 3 * 86_400_000 })];
    const [other] = await shop.people(sale, 1);
    await other.join(sale);
    const page = await newPerson(browser, options);
    page.refusals.push([402, /\/pay\//]);
    const shot = (name) => look(page, `${language}-${name}`);
    await page.goto(shop.url);
    await page.getByText(LONG.event).first().waitFor();
    await shot("home");
    await page.goto(`${shop.url}/?q=xyzzy`);
    await page.waitForLoadState("networkidle");
    await shot("home-empty");
    await page.goto(`${shop.url}/events/event_1`);
    await page.getByRole("heading", { name: LONG.event }).waitFor();
    await shot("event");
    await page.goto(`${shop.url}/sales/${later}`);
    await page.locator(".countdown").waitFor();
    await shot("lobby");
    await page.goto(`${shop.url}/tickets`);
    await page.locator(".account-form").waitFor();
    await shot("tickets-signed-out");
    await page.goto(`${shop.url}/sales/${sale}`);
    await signUp(page);
    await join(page);
    await page.locator(".waiting").waitFor();
    await shot("line");
    await other.leave(sale);
    await page.locator(".turn").waitFor();
    await shot("turn");
    await comeIn(page);
    await page.locator(".map canvas").first().waitFor();
    await takeBest(page, 3);
    await page.waitForTimeout(1_000);
    await shot("map");
    await page.locator(".ways button").nth(1).click();
    await page.locator(".boxes input").first().waitFor();
    await shot("list");
    await page.locator(".ways button").nth(0).click();
    await goToProvider(page);
    await shot("provider");
    await page.locator("input[value='4000000000000002']").check();
    await page.locator("button[value=pay]").click();
    await page.locator("[role=alert]").waitFor();
    await shot("provider-declined");
    await page.goto(`${shop.url}/sales/${sale}`);
    await page.locator(".timer").waitFor();
    await page.waitForLoadState("networkidle");
    await shot("pay");
    await page.locator("button.primary:not([aria-disabled])").click();
    await page.waitForURL(/\/pay\//);
    await payWithGoodCard(page);
    await seesTickets(page, 3);
    await shot("order-paid");
    const order = new URL(page.url()).pathname.split("/").pop();
    await page.goto(`${shop.url}/tickets`);
    await seesTickets(page, 3);
    await shot("tickets");
    await page.goto(`${shop.url}/account`);
    await page.locator("a[href^='/orders/']").first().waitFor();
    await shot("account");
    await page.goto(`${shop.url}/sales/${sale}/board`);
    await page.locator("#board").waitFor();
    await page.waitForTimeout(700);
    await shot("board");
    await shop.operator.post(`/v1/orders/${order}/refund`);
    await page.goto(`${shop.url}/orders/${order}`);
    await page.locator(".outcome.refunded").waitFor();
    await shot("order-refunded");
    assert.deepEqual(page.wrong, []);
  });

  test(`what the house sees has room for long names (${language})`, async () => {
    const { shop, browser } = here;
    const sale = await open({ inside: 5 });
    const people = await shop.people(sale, 7);
    for (const person of people) await person.join(sale);
    for (const person of people.slice(0, 3)) {
      await person.enter(sale);
      await person.hold(sale, { best_available: { count: 4, adjacent: false } });
      await person.buy(sale);
    }
    const { event } = await shop.operator.get(`/v1/sales/${sale}`);
    const { organiser } = await shop.operator.get(`/v1/events/${event.id}`);
    const page = await newPerson(browser, options);
    page.refusals.push([403, /rehearsal-fans/], [404, /rehearsal-fans/]);
    const shot = (name) => look(page, `${language}-${name}`);
    await page.goto(`${shop.url}/organiser`);
    await signIn(page, OPERATOR, PASSWORD);
    await page.evaluate((id) => sessionStorage.setItem("onsale.acting_for", id), organiser.id);
    const { sales } = await shop.operator.get("/v1/organiser/sales");
    const { plans } = await shop.operator.get(`/v1/organiser/plans?organiser=${organiser.id}`);
    const pages = [["organiser", "/organiser"], ["organiser-events", "/organiser/events"], ["organiser-venues", "/organiser/venues"], ["organiser-plans", "/organiser/plans"],
      ["organiser-new-event", "/organiser/events/new"], ["editor", `/organiser/plans/new?copy=${plans[0].id}`], ["cockpit", `/organiser/sales/${sale}`],
      ["orders", `/organiser/sales/${sale}/orders`], ["operator", "/operator"], ["check-in", "/check-in"]];
    assert.ok(sales.length > 0);
    for (const [name, address] of pages) {
      await page.goto(shop.url + address);
      await page.locator("main h1, main h2").first().waitFor();
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(500);
      await shot(name);
    }
    const { tickets } = await people[0].get("/v1/tickets");
    await page.locator("#gate-code").fill(tickets[0].code);
    await page.locator("#gate-code").press("Enter");
    await page.locator(".word").waitFor();
    await shot("check-in-verdict");
    assert.deepEqual(page.wrong, []);
  });
}
