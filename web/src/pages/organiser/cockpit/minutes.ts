// The last minutes of a sale, from what its status said: a sample every few seconds.

import type { Status } from "../../../lib/live";

export interface Sample { atMs: number; waiting: number; inside: number; sold: number; admitted: number }

export const SPAN_MS = 15 * 60_000;
const SPAN_MIN_MS = 2 * 60_000; // the drawing of a page that was just opened
const STEP_MS = 2_000;
const MEASURE_MS = 5 * 60_000; // what is said of "now" looks back so far
const ADMITTED_MIN = 10; // fewer let in than this say nothing of how long people stay

export class Minutes {
  samples: Sample[] = [];

  constructor(samples: Sample[] = []) {
    this.samples = samples;
  }

  /** Takes what the status says at this moment; within a step the latest counts. */
  take(status: Status, atMs: number): void {
    const { waiting, active, admitted_total: admitted } = status.line;
    const sample = { atMs, waiting, inside: active, sold: status.tickets_sold, admitted };
    const last = this.samples.at(-1);
    const before = this.samples.at(-2);
    const kept = last && before && last.atMs - before.atMs < STEP_MS ? this.samples.slice(0, -1) : this.samples;
    this.samples = [...kept.filter((one) => one.atMs >= atMs - SPAN_MS), sample];
  }

  /** How many were let in per minute of late; null while too little is known. */
  get admittedPerMinute(): number | null {
    return this.#perMinute("admitted");
  }

  get soldPerMinute(): number | null {
    return this.#perMinute("sold");
  }

  /** How long people stay inside, by Little's law: those inside, over those who come in per second. */
  get secondsInside(): number | null {
    const recent = this.#recent();
    const [first, last] = [recent[0], recent.at(-1)];
    if (!first || !last || last.admitted - first.admitted < ADMITTED_MIN || last.atMs - first.atMs < 30_000) return null;
    let area = 0;
    for (const [at, { atMs, inside }] of recent.entries()) area += inside * ((recent[at + 1]?.atMs ?? atMs) - atMs);
    return area / 1_000 / (last.admitted - first.admitted);
  }

  /** One row a minute, the latest first: the same as the drawing, to be read. */
  table(): Sample[] {
    const byMinute = new Map(this.samples.map((sample) => [Math.floor(sample.atMs / 60_000), sample]));
    return [...byMinute.values()].reverse();
  }

  #recent(): Sample[] {
    const newest = this.samples.at(-1)?.atMs ?? 0;
    return this.samples.filter(({ atMs }) => atMs >= newest - MEASURE_MS);
  }

  #perMinute(of: "admitted" | "sold"): number | null {
    const recent = this.#recent();
    const [first, last] = [recent[0], recent.at(-1)];
    if (!first || !last || last.atMs - first.atMs < 10_000) return null;
    return Math.max(0, ((last[of] - first[of]) * 60_000) / (last.atMs - first.atMs));
  }
}

/** How far back the drawing goes: as far as anything is known, in whole minutes. */
export function spanOf(samples: Sample[], nowMs: number): number {
  const known = Math.ceil((nowMs - (samples[0]?.atMs ?? nowMs)) / 60_000) * 60_000;
  return Math.min(Math.max(known, SPAN_MIN_MS), SPAN_MS);
}

/** A line over a box of `width` by `height`, and the surface under it, as SVG paths; time runs to the right edge. */
export function drawing(samples: Sample[], of: "waiting" | "inside" | "sold", nowMs: number, width: number, height: number): { line: string; area: string; peak: number } {
  const span = spanOf(samples, nowMs);
  const peak = Math.max(1, ...samples.map((sample) => sample[of]));
  const points = samples.map((sample) => {
    const x = width * (1 - (nowMs - sample.atMs) / span);
    return `${Math.max(x, 0).toFixed(1)} ${(height * (1 - sample[of] / peak)).toFixed(1)}`;
  });
  if (points.length === 0) return { line: "", area: "", peak };
  const last = points.at(-1)?.split(" ")[1] ?? "0";
  const line = `M${points.join("L")}L${width} ${last}`;
  return { line, area: `${line}L${width} ${height}L${points[0]?.split(" ")[0]} ${height}Z`, peak };
}
