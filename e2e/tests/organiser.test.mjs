// An organiser from an empty house to an open sale: event, venue, date, a hall drawn by hand, prices.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { newPerson } from "../lib/browser.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { signIn } from "../lib/steps.mjs";

const here = stage();

test("an organiser draws a hall and puts it on sale", async () => {
  const { shop, browser } = here;
  const page = await newPerson(browser);
  const check = async (what) => assert.deepEqual(await violations(page), [], what);
  await page.goto(`${shop.url}/organiser`);
  await signIn(page, OPERATOR, PASSWORD);
  await page.locator("details summary").click();
  await page.locator("#acting-name").fill("Stadthalle");
  await page.locator("details button").click();
  await page.locator("#steps-title").waitFor();
  await check("first steps");

  await page.goto(`${shop.url}/organiser/events/new`);
  await page.locator("#event-name").fill("The Last Encore");
  await page.locator("#event-category").selectOption("musical");
  await page.locator("#event-description").fill("A musical about the last night of a great hall.");
  await check("a new event");
  await page.locator("main button[type=submit]").click();
  await page.locator("#venue-name").fill("Great Hall");
  await page.locator("#venue-city").fill("Seoul");
  await page.locator("#venue-zone").selectOption("Asia/Seoul");
  await page.getByRole("button", { name: "Add the venue" }).click();
  await page.locator("#performance-starts").fill("2031-05-17T19:30");
  await page.locator("form").getByRole("button", { name: "Add", exact: true }).click();
  const putOnSale = page.locator("li").getByRole("link", { name: "Put on sale" });
  await putOnSale.waitFor();
  await check("an event with a date");
  const performance = new URL(await putOnSale.getAttribute("href"), shop.url).searchParams.get("performance");

  await page.goto(`${shop.url}/organiser/plans/new?performance=${performance}`);
  await page.locator("canvas").waitFor();
  await page.locator(".tool", { hasText: "Block" }).click();
  const box = await page.locator("canvas").boundingBox();
  const drag = async (x0, y0, x1, y1) => {
    await page.mouse.move(box.x + x0, box.y + y0);
    await page.mouse.down();
    await page.mouse.move(box.x + (x0 + x1) / 2, box.y + (y0 + y1) / 2);
    await page.mouse.move(box.x + x1, box.y + y1);
    await page.mouse.up();
  };
  await drag(160, 150, 500, 320);
  // The block that was drawn is chosen: how many there are, and what rows and seats are called.
  const field = (label) => page.locator("aside, .fields").getByLabel(label, { exact: true });
  await field("Rows").first().fill("3");
  await field("Seats in the first row").fill("10");
  await page.locator("select", { has: page.locator("option", { hasText: "1, 2, 3" }) }).selectOption("numbers");
  await field("First row").fill("7");
  await page.locator("select", { has: page.locator("option", { hasText: "odd right" }) }).selectOption("odd_right");
  await check("a block");
  await page.locator(".tool", { hasText: "Standing" }).click();
  await drag(160, 400, 500, 480);
  await page.locator("[role=option]").nth(1).waitFor();
  await check("the editor");
  await page.locator("canvas").focus();
  await page.keyboard.press("Control+z");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.keyboard.press("Control+Shift+Z");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 2);
  await page.locator(".title input").fill("Great Hall, by hand");
  await page.getByRole("button", { name: /^Save/ }).first().click();

  await page.waitForURL(/organiser\/sales\/new/);
  await page.locator("#sale-price-0").fill("99,000");
  await check("settings of a sale");
  await page.getByRole("button", { name: "See the summary" }).or(page.getByText("See the summary")).first().click();
  await page.locator("#summary-title").waitFor();
  await check("summary");
  await page.getByText("Create the sale").click();
  await page.waitForURL(/organiser\/sales\/sale_/);
  const sale = new URL(page.url()).pathname.split("/").pop();
  await page.getByRole("heading", { name: "How fast people are let in" }).waitFor();
  const facts = await shop.operator.get(`/v1/sales/${sale}`);
  assert.deepEqual([facts.event.name, facts.venue.name, facts.price_levels[0].price], ["The Last Encore", "Great Hall", { amount: 99_000, currency: "KRW" }]);
  const plan = await shop.operator.get(`/v1/sales/${sale}/plan`);
  assert.deepEqual(plan.rows.map((row) => row.name), ["7", "8", "9"]);
  const front = plan.seats.filter((seat) => plan.rows[seat.row].name === "7").map((seat) => Number(seat.number));
  assert.deepEqual(front, [10, 8, 6, 4, 2, 1, 3, 5, 7, 9], "from the middle outwards");
  assert.ok(facts.capacity > 30, `a hall of ${facts.capacity}, with people who stand`);
  assert.deepEqual(page.wrong, []);
});
