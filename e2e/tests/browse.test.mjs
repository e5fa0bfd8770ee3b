// From the first page to a sale: search, filters, the event, its countdown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { DESKTOP, PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { fits } from "../lib/steps.mjs";

const here = stage();

test("an event is found by its name without spaces, and leads to its sale", async () => {
  const { shop, browser } = here;
  await shop.putOnSale({ hall: hall({ stalls: [2, 6] }), event: "아이유 콘서트", opensInMs: 3_600_000 });
  await shop.putOnSale({ hall: hall({ stalls: [2, 6] }), event: "The Last Encore" });
  for (const viewport of [DESKTOP, PHONE]) {
    const page = await newPerson(browser, { viewport });
    await page.goto(shop.url);
    await page.getByText("The Last Encore").first().waitFor();
    assert.deepEqual(await violations(page), [], "home");
    await fits(page, "home");
    await page.getByRole("searchbox").or(page.locator("input[type=search]")).first().fill("아이유콘서트");
    await page.getByText("The Last Encore").first().waitFor({ state: "detached" });
    assert.match(page.url(), /q=/, "what is looked for is in the address");
    await page.reload();
    await page.getByRole("link", { name: "아이유 콘서트" }).first().click();
    await page.waitForURL(/\/events\/event_/);
    await page.getByText(/Opens in/).first().waitFor();
    assert.deepEqual(await violations(page), [], "event");
    await fits(page, "event");
    await page.goBack();
    await page.getByText("아이유 콘서트").first().waitFor();
    await page.goto(shop.url);
    await page.getByText("The Last Encore").first().waitFor();
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  }
});

test("a wrong clock of the device does not move the opening", async () => {
  const { shop, browser } = here;
  await shop.putOnSale({ hall: hall({ stalls: [2, 6] }), event: "On the hour", opensInMs: 90_000 });
  const page = await newPerson(browser);
  await page.addInitScript(() => {
    const real = Date.now;
    Date.now = () => real() + 50 * 60_000;
  });
  await page.goto(shop.url);
  await page.getByRole("link", { name: "On the hour" }).first().click();
  await page.getByText(/0?1:[0-5]\d/).first().waitFor();
  assert.deepEqual(page.wrong, []);
});
