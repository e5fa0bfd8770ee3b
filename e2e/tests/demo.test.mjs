// `onsale demo`: a person buys among the virtual fans, and the board shows it all.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { launch, newPerson } from "../lib/browser.mjs";
import { place, start } from "../lib/process.mjs";
import { comeIn, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "../lib/steps.mjs";

const PLAN = fileURLToPath(new URL("../../examples/plans/seoul-arts-center-concert-hall.json", import.meta.url));
/** Enough that more come in the first seconds than may be inside at once: 900, or fewer while the machine is busy. */
const FANS = 2_200;
const WAITING = 10;

test("in the demo a person waits behind virtual fans, buys, and the board moves", async (context) => {
  const at = await place();
  const demo = ["demo", "--data", at.data, "--plan", PLAN, "--fans", String(FANS), "--opens-in", "10"];
  const stop = await start(demo, at);
  context.after(stop);
  const browser = await launch();
  context.after(() => browser.close());

  const board = await newPerson(browser);
  await board.goto(`${at.url}/sales/sale_1/board`);
  await board.locator("#board[data-stage=scheduled]").waitFor();
  const page = await newPerson(browser);
  const sale = await board.locator("#buy").getAttribute("href");
  await page.goto(at.url + sale);
  await signUp(page);

  await board.locator("#board[data-stage=open]").waitFor();
  await board.waitForFunction((some) => Number(document.getElementById("waiting").textContent) > some, WAITING);
  await join(page);
  const [number] = /\d+/.exec((await page.locator(".waiting h2").innerText()).replaceAll(",", ""));
  assert.ok(Number(number) > WAITING, `number ${number} waits behind those who were faster`);
  const first = await figures(board);
  await page.locator(".turn").waitFor({ timeout: 60_000 });
  await comeIn(page);
  await takeBest(page, 2);
  await goToProvider(page);
  await payWithGoodCard(page);
  await seesTickets(page, 2);

  const last = await figures(board);
  assert.ok(last.sold > first.sold, `sold went from ${first.sold} to ${last.sold}`);
  assert.ok(last.admitted > first.admitted, `let in went from ${first.admitted} to ${last.admitted}`);
  assert.deepEqual([...board.wrong, ...page.wrong], []);
});

function figures(board) {
  return board.evaluate(() => Object.fromEntries(["sold", "admitted"].map((id) =>
    [id, Number(document.getElementById(id).textContent.replaceAll(",", ""))])));
}
