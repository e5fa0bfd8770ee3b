// What every file of tests has: a shop and a browser, opened before its tests and closed after them.

import { after, before } from "node:test";

import { launch } from "./browser.mjs";
import { openShop } from "./shop.mjs";

/** Gives an object whose `shop` and `browser` are there when a test runs. */
export function stage() {
  const here = { shop: null, browser: null };
  before(async () => {
    // One after the other, so that what was opened is known and closed even if the next fails.
    here.shop = await openShop();
    here.browser = await launch();
  });
  after(async () => {
    await here.browser?.close();
    await here.shop?.close();
  });
  return here;
}
