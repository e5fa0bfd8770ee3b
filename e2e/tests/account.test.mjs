// A person's own pages: name, password, and tickets that work without a network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { becomes, comeIn, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const here = stage();

test("tickets open without a network once they were seen, and are gone after signing out", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [2, 6] }) });
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  await takeBest(page, 2);
  await goToProvider(page);
  await payWithGoodCard(page);
  await page.goto(`${shop.url}/tickets`);
  await seesTickets(page, 2);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  // Seen once more with the worker in charge.
  await page.reload();
  await seesTickets(page, 2);
  await page.waitForTimeout(500);

  await page.context().setOffline(true);
  page.refusals.push([0, /./]);
  await page.reload();
  await seesTickets(page, 2);
  await page.getByText("You are offline", { exact: false }).first().waitFor();
  assert.deepEqual(await violations(page), [], "offline");

  await page.context().setOffline(false);
  await page.reload();
  await seesTickets(page, 2);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.locator(".account-form").waitFor();
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const urls = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((one) => one.url)));
    return urls.flat().filter((url) => url.includes("/v1/"));
  });
  assert.deepEqual(kept, [], "nobody else on this device sees them");
  assert.deepEqual(page.wrong, []);
});

test("what pages of versions before have left goes first", async () => {
  const { shop, browser } = here;
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/tickets`);
  await page.locator(".account-form button.link").click();
  await signUp(page);
  const names = () => page.evaluate(async () => (await (await caches.open("shell-1")).keys()).map(({ url }) => new URL(url).pathname));
  await becomes(page, async () => {
    const shell = await caches.open("shell-1");
    const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith("/assets/"));
    return loaded.length > 3 && (await Promise.all(["/tickets", ...loaded].map((path) => shell.match(path)))).every(Boolean);
  });
  const used = (await names()).filter((name) => name.startsWith("/assets/"));
  assert.ok(used.length > 3, used.join());
  // Younger than the page's own files, but of no page that is visited any more.
  await page.evaluate(async () => {
    const shell = await caches.open("shell-1");
    for (let index = 0; index < 90; index += 1) await shell.put(`/assets/before-${index}.js`, new Response("1"));
  });
  await page.reload();
  await becomes(page, async () => (await (await caches.open("shell-1")).keys()).length <= 80);
  const left = await names();
  assert.deepEqual(used.filter((name) => !left.includes(name)), []);
  assert.ok(!left.includes("/assets/before-0.js"));
  assert.deepEqual(page.wrong, []);
});

test("a person changes name and password", async () => {
  const { shop, browser } = here;
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/account`);
  await page.locator(".account-form button.link").click();
  await signUp(page);
  await page.getByLabel("Name", { exact: false }).first().fill("Kim Min-ji");
  await page.getByRole("button", { name: /Save/ }).first().click();
  await page.locator(".account-name", { hasText: "Kim Min-ji" }).waitFor();
  assert.deepEqual(await violations(page), [], "account");
  assert.deepEqual(page.wrong, []);
});
