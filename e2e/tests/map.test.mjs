// The map where the browser starts no worker: the page draws it itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, join, signUp, takeBest } from "../lib/steps.mjs";

const here = stage();

/** How often each colour is on the map; the canvas of the whole hall is the largest. */
function colors(page) {
  return page.locator(".map canvas").evaluateAll((all) => {
    const seen = all.filter(({ width }) => width > 300).map((canvas) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      const counts = {};
      for (const color of new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer)) counts[color] = (counts[color] ?? 0) + 1;
      return counts;
    });
    return seen.sort((a, b) => Object.keys(b).length - Object.keys(a).length)[0] ?? {};
  });
}

/** Waits until what is drawn is so; gives it. */
async function drawn(page, isSo) {
  for (let looked = 0; looked < 100; looked += 1) {
    const now = await colors(page);
    if (isSo(now)) return now;
    await page.waitForTimeout(50);
  }
  return assert.fail("the map is not drawn so within 5 s");
}

test("where no worker starts, seats are drawn and change their colour when they are taken", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [6, 12] }), inside: 5 });
  const page = await newPerson(browser);
  let kept = 0;
  await page.route(/\/assets\/worker-[^/]*\.js$/, (route) => {
    kept += 1;
    return route.abort();
  });
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  const free = await drawn(page, (counts) => Object.keys(counts).length > 3);
  assert.equal(kept, 2, "neither the reader of plans nor the studio has started");
  await takeBest(page, 4);
  await drawn(page, (counts) => Object.entries(counts).some(([color, times]) => times > (free[color] ?? 0) + 50));
});
