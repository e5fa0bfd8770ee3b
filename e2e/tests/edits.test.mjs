// What an organiser has made is changed later, by keyboard; what a plan has blocked; a rehearsal that every page calls one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "../lib/axe.mjs";
import { PHONE, newPerson } from "../lib/browser.mjs";
import { hall } from "../lib/hall.mjs";
import { OPERATOR, PASSWORD } from "../lib/shop.mjs";
import { stage } from "../lib/stage.mjs";
import { comeIn, fits, held, join, signIn, signUp } from "../lib/steps.mjs";

const here = stage();

/** Somebody of the house, at work for the organiser of this sale. */
async function staffAt(sale, path, person = {}) {
  const { shop, browser } = here;
  const page = await newPerson(browser, person);
  await page.goto(`${shop.url}/organiser`);
  await signIn(page, OPERATOR, PASSWORD);
  const { organisers } = await shop.operator.get("/v1/organisers?limit=1");
  await page.evaluate((id) => sessionStorage.setItem("onsale.acting_for", id), organisers[0].id);
  await page.goto(`${shop.url}${path}`);
  return page;
}

/** Presses the button with the keyboard. */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
}

test("an event, its performance and its venue are changed, and two people do not overwrite each other", async () => {
  const { shop, browser } = here;
  const sale = await shop.putOnSale({ hall: hall({ stalls: [2, 4] }) });
  const facts = await shop.operator.get(`/v1/sales/${sale}`);
  const page = await staffAt(sale, `/organiser/events/${facts.event.id}`);
  page.refusals.push([409, /\/v1\/events\//]);
  await press(page, "Change the event");
  await page.locator("#event-name").waitFor();
  assert.deepEqual(await violations(page), [], "an event that is changed");
  await page.locator("#event-name").fill("The Very Last Encore");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "The Very Last Encore" }).waitFor();
  await page.waitForFunction(() => document.activeElement.matches("h1"));
  assert.equal((await shop.operator.get(`/v1/sales/${sale}`)).event.name, "The Very Last Encore");

  // Meanwhile somebody else changes it too.
  await press(page, "Change the event");
  const { version } = await shop.operator.get(`/v1/events/${facts.event.id}`);
  await shop.operator.call("PUT", `/v1/events/${facts.event.id}`, { version, name: "Renamed elsewhere" });
  await page.locator("#event-name").fill("Renamed here");
  await page.keyboard.press("Enter");
  await page.getByText("Somebody else has changed this in the meantime.").first().waitFor();
  assert.equal((await shop.operator.get(`/v1/events/${facts.event.id}`)).name, "Renamed elsewhere");
  await page.reload();

  await page.locator(".change").first().focus();
  await page.keyboard.press("Enter");
  const field = (name) => page.locator(`[id^="change-perf"][id$="-${name}"]`);
  await field("note").waitFor();
  assert.ok(await field("venue").isDisabled() && await field("starts").isDisabled(), "people have bought for that place and hour");
  await field("doors").fill("2031-05-17T18:30");
  await field("note").fill("No bags.");
  assert.deepEqual(await violations(page), [], "a performance that is changed");
  await press(page, "Save");
  await page.getByText("No bags.").first().waitFor();

  const fan = await newPerson(browser);
  await fan.goto(`${shop.url}/events/${facts.event.id}`);
  await fan.getByText("No bags.").waitFor();
  await fan.getByText(/Doors open: .*6:30/i).or(fan.getByText(/Doors open: .*18:30/)).first().waitFor();
  assert.deepEqual(await violations(fan), [], "what fans see of it");

  await page.goto(`${shop.url}/organiser/venues`);
  await press(page, "Change Great Hall");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("The Greatest Hall");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Change The Greatest Hall" }).waitFor();
  assert.equal((await shop.operator.get(`/v1/sales/${sale}`)).venue.name, "The Greatest Hall");
  assert.deepEqual([...page.wrong, ...fan.wrong], []);

  const korean = await staffAt(sale, `/organiser/events/${facts.event.id}?lang=ko`, { viewport: PHONE, locale: "ko-KR" });
  await press(korean, "공연 수정");
  await korean.locator("#event-name").waitFor();
  await fits(korean, "an event that is changed, in Korean");
  assert.deepEqual(korean.wrong, []);
});

test("blocked seats are not offered, a wheelchair has its companion beside it, and the stage is drawn", async () => {
  const { shop, browser } = here;
  const plan = hall({ stalls: [1, 6] });
  const [row] = plan.zones[0].rows;
  row.seats[0].blocked = true;
  row.seats[4].accessible = true;
  plan.zones[0].areas = [{
    shape: "rectangle", color: "#7c3aed", border_color: "#333333", rotation: 0, position: { x: 20, y: -120 }, rectangle: { width: 100, height: 50 },
    text: { position: { x: 50, y: 25 }, color: "#000000", text: "Stage" },
  }];
  const sale = await shop.putOnSale({ hall: plan, inside: 5 });
  // What everybody is told lags a little behind the writer.
  const first = async () => Buffer.from((await shop.operator.get(`/v1/sales/${sale}/seats`)).seats, "base64")[0] & 3;
  for (let looked = 0; (await first()) !== 3; looked += 1) {
    assert.ok(looked < 100, "blocked from the beginning");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const page = await newPerson(browser);
  await page.goto(`${shop.url}/sales/${sale}`);
  await signUp(page);
  await join(page);
  await comeIn(page);
  await page.locator("#best-accessible").selectOption("1");
  assert.deepEqual(await violations(page), [], "a wish for a wheelchair");
  await page.locator(".best button").click();
  await held(page, 2);
  const { place } = await page.evaluate(async (path) => (await fetch(path)).json(), `/v1/sales/${sale}/line/me`);
  assert.deepEqual(place.hold.items.map(({ seat }) => seat), [3, 4]);
  // The stage is in its own colour where it stands, above the seats.
  const drawn = await page.locator(".map canvas").evaluateAll((all) => Math.max(...all.filter(({ width }) => width > 300).map((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const { data, width, height } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const at = (x, y) => [...data.slice(4 * (Math.round(y) * width + Math.round(x)), 4 * (Math.round(y) * width + Math.round(x)) + 3)];
    const ground = at(3, height - 3).join();
    return Array.from({ length: height >> 2 }, (_, y) => at(width / 2, 4 * y)).filter((color) => color.join() !== ground && color[2] > color[1]).length;
  })));
  assert.ok(drawn > 3, "violet is seen on the way down the middle of the map");
  assert.deepEqual(page.wrong, []);
});

test("a rehearsal is called one on every page, and is in no list", async () => {
  const { shop, browser } = here;
  const real = await shop.putOnSale({ hall: hall({ stalls: [2, 4] }), event: "A Night to Rehearse" });
  const facts = await shop.operator.get(`/v1/sales/${real}`);
  const event = await shop.operator.get(`/v1/events/${facts.event.id}`);
  const staff = await staffAt(real, `/organiser/events/${facts.event.id}`);
  // Another evening that is not on sale yet.
  const performance = (await shop.operator.post("/v1/performances", {
    event: event.id, venue: facts.venue.id, starts_at: "2031-06-17T19:30:00+09:00",
  })).id;
  await staff.goto(`${shop.url}/organiser/sales/new?performance=${performance}`);
  await staff.locator("#sale-price-0").fill("10000");
  await staff.locator("#sale-rehearsal").check();
  assert.deepEqual(await violations(staff), [], "settings of a rehearsal");
  await staff.getByText("See the summary").first().click();
  await staff.getByText("This is a rehearsal.").first().waitFor();
  await staff.getByText("Create the sale").click();
  await staff.waitForURL(/organiser\/sales\/sale_/);
  const sale = new URL(staff.url()).pathname.split("/").pop();
  await staff.getByText("This is a rehearsal.").first().waitFor();
  await staff.getByRole("heading", { name: /Virtual fans/ }).waitFor();
  await staff.goto(`${shop.url}/organiser`);
  await staff.locator("#rehearsals-title").waitFor();
  assert.deepEqual(staff.wrong, []);

  const fan = await newPerson(browser);
  for (const path of [`/sales/${sale}`, `/sales/${sale}/board`, `/sales/${sale}/plain`]) {
    await fan.goto(shop.url + path);
    await fan.getByText("This is a rehearsal.").first().waitFor();
  }
  const listed = await shop.operator.get(`/v1/events/${event.id}`);
  assert.deepEqual(listed.performances.map((one) => one.sale), [real, null], "the evening itself can still be put on sale");
  assert.deepEqual(fan.wrong, []);
});
