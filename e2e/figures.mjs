// Measures the pages several times and writes the report `web` and its page in docs/benchmarks:
// `ONSALE=… npm run figures [-- ROUNDS]`, on a release build and on a machine that has nothing else to do.

import { writeFile } from "node:fs/promises";

import { launch } from "./lib/browser.mjs";
import { frames, lighthouse, SEATS, transfer } from "./lib/figures.mjs";
import { writeReport } from "./lib/report.mjs";
import { openShop } from "./lib/shop.mjs";
import { asPage } from "./lib/web_page.mjs";

const PAGE = new URL("../docs/benchmarks/web.md", import.meta.url);
const FRAME_ROUNDS = 1;
/** As cargo names it: a development build answers more slowly. */
const BUILD = /\/release\//.test(process.env.ONSALE ?? "") ? "release" : "development";

const rounds = Number(process.argv[2] ?? 3);
const runs = [];
let axe = 0;
for (let round = 0; round < rounds; round += 1) {
  const here = { shop: await openShop(), browser: await launch() };
  try {
    const [bytes, scores, times] = [await transfer(here), await lighthouse(here), await frames(here, FRAME_ROUNDS)];
    axe += scores.axe;
    runs.push({ ...bytes.figures, ...scores.figures, ...times.figures });
  } finally {
    await here.browser.close();
    await here.shop.close();
  }
}

const middle = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const each = (make) => Object.fromEntries(Object.keys(runs[0]).map((name) => [name, make(runs.map((run) => run[name]))]));
const report = await writeReport({
  load: { seats: SEATS[0] * SEATS[1], rounds, build: BUILD }, figures: each(middle), spread: each((values) => [Math.min(...values), Math.max(...values)]),
  violations: { axe },
});
await writeFile(PAGE, asPage(report));
