// The report `web`: what was measured of the pages, in the shape of all reports.

import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

const commit = () => {
  try { return execFileSync("git", ["describe", "--always", "--dirty=+"], { encoding: "utf8" }).trim(); } catch { return "unknown"; }
};

/** Writes `web.json` into the folder of reports (`REPORTS`; without one it is only printed), and gives the report. */
export async function writeReport({ load, figures, spread, violations }) {
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown", cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30), kernel: release(), storage: "sqlite",
    // Of the last five minutes: above the number of cores, others had a part in the figures.
    load_average: Math.round(10 * loadavg()[1]) / 10,
  };
  const report = { name: "web", at: new Date().toISOString(), commit: commit(), machine, load, figures, spread, ratios: {}, violations };
  console.log(JSON.stringify({ figures, violations }));
  if (!process.env.REPORTS) return report;
  await mkdir(process.env.REPORTS, { recursive: true });
  await writeFile(join(process.env.REPORTS, "web.json"), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
