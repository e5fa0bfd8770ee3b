// The lobby's draw: who came early draws a place, and afterwards anybody can see and check how.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { run } from "../lib/process.mjs";
import { stage } from "../lib/stage.mjs";
import { fits, join, signUp } from "../lib/steps.mjs";

const OPENS_IN_MS = 12_000;

const here = stage();

test("the number that decided is shown after the opening, and the order follows from it", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [3, 8] }), opensInMs: OPENS_IN_MS, inside: 1 });
  await shop.operator.call("PUT", `/v1/sales/${sale}/lobby`, { gathers_from: new Date(Date.now() - 1_000).toISOString() });
  const others = await shop.people(sale, 3);
  for (const other of others) await other.post(`/v1/sales/${sale}/line`);
  const drawing = await newPerson(browser, { viewport: PHONE });
  await drawing.goto(`${shop.url}/sales/${sale}`);
  await signUp(drawing);
  await join(drawing);
  await drawing.getByRole("heading", { name: "You are in the draw." }).waitFor();
  const promised = /[0-9a-f]{64}/.exec(await drawing.locator(".commitment").innerText())[0];

  // Whoever drew the first place chooses seats by then, and one in four times that is who was looked at above. So
  // somebody looks who does not take part: anybody may.
  const page = await newPerson(browser, { viewport: PHONE });
  await page.goto(`${shop.url}/sales/${sale}`);
  await page.locator(".drawn summary", { hasText: "4 people" }).click({ timeout: 30_000 });
  const shown = (id) => page.locator(id, { hasText: /^[0-9a-f]{64}$/ }).innerText();
  const seed = await shown("#draw-seed");
  assert.equal(await shown("#draw-commitment"), promised);
  assert.equal(createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex"), promised);
  await fits(page, "draw");
  assert.deepEqual(await violations(page), [], "draw");

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".drawn a[download]").click()]);
  const file = await download.path();
  assert.equal(JSON.parse(await readFile(file, "utf8")).seed, seed);
  assert.equal(download.suggestedFilename(), `draw-${sale}.json`);
  await run(["draw", "verify", file]);
  const korean = new URL(page.url());
  korean.searchParams.set("lang", "ko");
  await page.goto(korean.href);
  await page.locator(".drawn summary", { hasText: "순번 추첨 결과 (4명)" }).waitFor();
  assert.deepEqual([...drawing.wrong, ...page.wrong], []);
});
