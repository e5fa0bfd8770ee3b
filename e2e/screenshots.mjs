// Pictures of the real pages during a real demo: `ONSALE=… node screenshots.mjs FOLDER`.

import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";

import { DESKTOP, PHONE, launch, newPerson } from "./lib/browser.mjs";
import { hall } from "./lib/hall.mjs";
import { place, start } from "./lib/process.mjs";
import { OPERATOR, PASSWORD, openShop } from "./lib/shop.mjs";
import { comeIn, goToProvider, join, payWithGoodCard, seesTickets, signIn, signUp, takeBest } from "./lib/steps.mjs";

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
  await stop();
}
const shop = await openShop();
try {
  await takeHouse();
} finally {
  await browser.close();
  await shop.close();
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
  // The map draws what it shows finely when the machine has time for it.
  await fan.waitForTimeout(4_000);
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

/** What the house sees: an organiser before the sale and on the night, the gate, an operator. */
async function takeHouse() {
  const sale = await shop.putOnSale({ hall: hall({ stalls: [14, 24], balcony: [6, 28], standing: 160 }), inside: 30, event: "The Last Encore" });
  await shop.putOnSale({ hall: hall({ stalls: [10, 20] }), event: "마지막 앙코르 Korean Night", opensInMs: 3 * 86_400_000 });
  await shop.putOnSale({ hall: hall({ stalls: [10, 20] }), event: "Winterreise", opensInMs: 5_400_000 });
  const people = await shop.people(sale, 60);
  for (const person of people) await person.join(sale);
  const buying = async (person, count) => {
    await person.enter(sale);
    await person.hold(sale, { best_available: { count, adjacent: false } });
    return person.buy(sale);
  };
  const staff = await newPerson(browser);
  await staff.goto(`${shop.url}/organiser/sales/${sale}`);
  await signIn(staff, OPERATOR, PASSWORD);
  for (const [index, person] of people.slice(0, 26).entries()) await buying(person, 1 + (index % 4));
  await staff.waitForTimeout(3_000);
  await staff.setViewportSize({ width: 1280, height: 1_000 });
  await picture(staff, "cockpit");
  // An operator says for whom; the first organiser is the one of the first sale.
  await staff.evaluate(() => sessionStorage.setItem("onsale.acting_for", "org_1"));
  for (const [name, address] of [["organiser", "/organiser"], ["orders", `/organiser/sales/${sale}/orders`], ["operator", "/operator"]]) {
    await staff.goto(shop.url + address);
    await staff.waitForTimeout(1_500);
    await picture(staff, name);
  }
  await staff.goto(`${shop.url}/organiser/plans/new`);
  await staff.locator("canvas").waitFor();
  await staff.locator("input[type=file]").first().setInputFiles(new URL("../examples/plans/seoul-arts-center-concert-hall.json", import.meta.url).pathname);
  await staff.locator("[role=option]").nth(3).waitFor();
  await staff.waitForTimeout(1_500);
  await staff.evaluate(() => scrollTo(0, 0));
  await picture(staff, "editor");

  const fan = await newPerson(browser);
  await fan.goto(shop.url);
  await fan.getByText("Winterreise").first().waitFor();
  await fan.setViewportSize({ width: 1280, height: 620 });
  await picture(fan, "home");
  await fan.goto(`${shop.url}/events/event_3`);
  await fan.getByRole("heading", { name: "Winterreise" }).waitFor();
  await picture(fan, "event");

  const gate = await newPerson(browser, { viewport: PHONE });
  await gate.goto(`${shop.url}/check-in`);
  await signIn(gate, OPERATOR, PASSWORD);
  await gate.selectOption("#gate-sale", sale);
  const { tickets } = await people[1].get("/v1/tickets");
  await gate.locator("#gate-code").fill(tickets[0].code);
  await gate.locator("#gate-code").press("Enter");
  await gate.locator(".word", { hasText: "Come in" }).waitFor();
  await gate.evaluate(() => scrollTo(0, 0));
  await picture(gate, "gate");
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
