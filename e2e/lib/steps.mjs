// Steps that several journeys share. They look at the page as a person does: by what is written on it.

import assert from "node:assert/strict";

const PASSWORD = "a long good passphrase";
let accounts = 0;

export async function signUp(page) {
  accounts += 1;
  await page.locator("#account-email").fill(`person${accounts}@example.org`);
  await page.locator("#account-password").fill(PASSWORD);
  await page.locator(".account-form button.primary").click();
  await page.locator(".account-form").waitFor({ state: "detached" });
}

/** Signs in on the page that asks for it. */
export async function signIn(page, email, password) {
  await page.locator("#account-email").fill(email);
  await page.locator("#account-password").fill(password);
  await page.locator(".account-form button.primary").click();
  await page.locator(".account-form").waitFor({ state: "detached" });
}

/** Presses the button that the countdown opens. */
export async function join(page) {
  await page.locator(".join:not([aria-disabled=true])").click();
}

export async function comeIn(page) {
  await page.locator(".turn .join").click();
  await page.locator(".choose .best").waitFor();
}

/** Takes what the house offers as the best `count`; gives the names of the tickets. */
export async function takeBest(page, count) {
  await page.locator("#best-count").selectOption(String(count));
  await page.locator(".best button").click();
  await held(page, count);
  return page.locator(".items .item-name").allInnerTexts();
}

/** Waits until exactly so many tickets are held. */
export async function held(page, count) {
  await page.waitForFunction((wanted) => document.querySelectorAll(".items li").length === wanted
    && !document.querySelector(".lines.waiting"), count);
}

export async function goToProvider(page) {
  await page.locator(".paybar button").click();
  await page.waitForURL(/\/pay\//);
}

export async function payWithGoodCard(page) {
  await page.locator("input[value='4242424242424242']").check();
  await page.locator("button[value=pay]").click();
  await page.waitForURL(/\/orders\//);
  await page.locator(".outcome.paid").waitFor();
}

/** Every ticket on the page has a code that can be seen. */
export async function seesTickets(page, count) {
  await page.waitForFunction((wanted) => document.querySelectorAll(".ticket").length === wanted, count);
  for (const code of await page.locator(".ticket img").all()) {
    await code.scrollIntoViewIfNeeded();
    await page.waitForFunction((image) => image.complete && image.naturalWidth > 100, await code.elementHandle());
  }
  assert.equal(await page.locator(".ticket img").count(), count);
}

/** The page is not wider than the window. */
export async function fits(page, step) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${step} is ${content} px wide in a window of ${window} px`);
}

/** Waits until what the page answers, perhaps after a while, is true; `waitForFunction` does not ask a promise again. */
export async function becomes(page, question) {
  const answer = () => page.evaluate(question).catch((error) => {
    // A page that is just being left for another has no answer yet.
    if (/Execution context was destroyed/.test(error.message)) return false;
    throw error;
  });
  while (!(await answer())) await page.waitForTimeout(50);
}
