// Chromium, and pages that remember everything that went wrong on them.

import { chromium } from "playwright-core";

/** What Chromium is started with. */
export const ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const LOCAL = new Set(["localhost", "127.0.0.1"]);
/** Refusals that are answers: nobody is signed in yet, or stands in line yet. Chromium writes each to the console. */
const ANSWERS = [[401, /\/v1\/me$/], [404, /\/line\/me$/]];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 800 };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
}

/**
 * A page in a browser profile of its own. `page.wrong` fills with errors of scripts, of the console and of requests,
 * and with requests to anyone but this machine; `page.refusals` names further [status, address] that are expected.
 */
export async function newPerson(browser, { viewport = DESKTOP, locale = "en-GB" } = {}) {
  const context = await browser.newContext({
    viewport, locale, timezoneId: locale === "ko-KR" ? "Asia/Seoul" : "Europe/Berlin", reducedMotion: "reduce", hasTouch: viewport === PHONE,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.wrong = [];
  page.refusals = [...ANSWERS];
  const expected = (status, url) => page.refusals.some(([one, address]) => one === status && address.test(url));
  page.on("pageerror", (error) => page.wrong.push(`script: ${error.stack ?? error}`));
  page.on("console", (message) => {
    const { url } = message.location();
    // 0 is no answer at all, as while a test has taken the network away.
    const status = /net::ERR_INTERNET_DISCONNECTED/.test(message.text()) ? 0 : Number(/responded with a status of (\d+)/.exec(message.text())?.[1]);
    if (message.type() === "error" && !expected(status, url)) page.wrong.push(`console: ${message.text()} (${url})`);
  });
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && !LOCAL.has(hostname)) page.wrong.push(`third party: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (!LOCAL.has(new URL(socket.url()).hostname)) page.wrong.push(`third party: ${socket.url()}`);
  });
  return page;
}
