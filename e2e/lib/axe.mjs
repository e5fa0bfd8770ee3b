// What axe finds against WCAG 2.2, levels A and AA.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const SOURCE = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Violations of the page as it stands, each as a sentence; in light and in dark. */
export async function violations(page) {
  // By the debugger: the page's own content security policy would refuse the script.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: await SOURCE });
  await session.detach();
  const found = [];
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
    if (results.passes.length === 0) throw new Error("axe has looked at nothing.");
    found.push(...results.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
      `${colorScheme}: ${id} at ${node.target.join(" ")}: ${node.failureSummary}`)));
  }
  return found;
}
