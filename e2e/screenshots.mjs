// Pictures of the real pages during a real demo: `ONSALE=… node screenshots.mjs FOLDER`.

import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";

import { DESKTOP, PHONE, launch, newPerson } from "./lib/browser.mjs";
import { place, start } from "./lib/process.mjs";
import { comeIn, goToProvider, join, payWithGoodCard, seesTickets, signUp, takeBest } from "./lib/steps.mjs";

const OPENS_IN_SECONDS = 20;
const IN_LINE_BEFORE = 2_600;
const PATIENCE = { timeout: 180_000 };

const folder = process.argv[2];
if (!folder) throw new Error("Say which folder the pictures go to.");
await mkdir(folder, { recursive: true });

const at = await place();
const stop = await start(["demo", "--data", at.data, "--opens-in", String(OPENS_IN_SECONDS)], at);
const browser = await launch();
try {
  await takeAll();
} finally {
  await browser.close();
  await stop();
}

async function takeAll() {
  const board = await newPerson(browser);
  await board.goto(`${at.url}/sales/sale_1/board`);
  await board.locator("#board[data-stage=scheduled]").waitFor();
  const sale = at.url + await board.locator("#buy").getAttribute("href");
  const [fan, phone] = await Promise.all([newPerson(browser), newPerson(browser, { viewport: PHONE, locale: "ko-KR" })]);
  for (const page of [fan, phone]) {
    await page.goto(sale);
    await signUp(page);
  }

  await reaches(board, "waiting", IN_LINE_BEFORE);
  await Promise.all([join(fan), join(phone)]);
  await fan.waitForFunction(() => Number(document.querySelector(".walk").style.getPropertyValue("--walked")) > 0.3, null, PATIENCE);
  await fan.setViewportSize({ width: 1280, height: 720 });
  await picture(fan, "waiting");
  await fan.setViewportSize(DESKTOP);

  await Promise.all([fan, phone].map((page) => page.locator(".turn").waitFor(PATIENCE)));
  await Promise.all([comeIn(fan), comeIn(phone)]);
  await reaches(board, "sold", 5_000);
  await Promise.all([takeBest(fan, 2), takeBest(phone, 2)]);
  // A step back, to see the rows around.
  for (const page of [fan, phone]) await page.locator(".map-controls button").nth(1).click();
  await phone.locator(".map").evaluate((map) => map.scrollIntoView({ block: "start" }));
  await phone.evaluate(() => scrollBy(0, -110));
  await Promise.all([picture(fan, "choose"), picture(phone, "phone")]);
  await reaches(board, "sold", 6_000);
  await picture(board, "board");

  await goToProvider(fan);
  await payWithGoodCard(fan);
  await fan.goto(`${at.url}/tickets`);
  await seesTickets(fan, 2);
  await fan.setViewportSize({ width: 1280, height: 400 });
  await picture(fan, "tickets");
}

/** Waits until a figure of the board is that large. */
function reaches(board, id, count) {
  return board.waitForFunction(([where, wanted]) => Number(document.getElementById(where).textContent.replace(/\D/g, "")) >= wanted,
    [id, count], PATIENCE);
}

async function picture(page, name) {
  await page.screenshot({ path: path(folder, `${name}.png`) });
  console.log(`${name}: ${await page.title()}`);
}
