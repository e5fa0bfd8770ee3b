// What Lighthouse says of a page on a slow phone, in the browser profile that is signed in.

import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];

/** The scores of 0 to 100 of the page at an address, in the browser that listens on this debugging port. */
export async function scores(url, port) {
  const { lhr } = await lighthouse(url, {
    port, output: "json", logLevel: "error", onlyCategories: CATEGORIES, formFactor: "mobile", disableStorageReset: true,
    skipAudits: ["is-on-https"], // the tests' server is on this machine, without a certificate
  });
  if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  const failed = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === "binary").map(({ id }) => id);
  const of = (category) => Math.round(100 * (lhr.categories[category]?.score ?? 0));
  return { performance: of("performance"), accessibility: of("accessibility"), best_practices: of("best-practices"), failed };
}
