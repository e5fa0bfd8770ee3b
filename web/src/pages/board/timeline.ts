// Tickets sold and held over time, as far as this page has watched. Kept over a reload of the same tab.

export type Point = [at: number, sold: number, held: number];

const POINTS_MAX = 600;
const STEP_MS = 500;
const PACE_WINDOW_MS = 10_000;

export interface Timeline { points: Point[]; peak: number }

/** Tickets sold per minute over the last seconds. */
export function paceOf(points: readonly Point[]): number {
  const last = points.at(-1);
  const first = last && points.find(([at]) => at >= last[0] - PACE_WINDOW_MS);
  if (!first || last[0] - first[0] < 1_000) return 0;
  return Math.max(0, Math.round(((last[1] - first[1]) * 60_000) / (last[0] - first[0])));
}

/** Whether anything was seen being sold. */
export const moved = (points: readonly Point[]): boolean => points.length > 1 && points[0]?.[1] !== points.at(-1)?.[1];

/** The line with one point more; the older half is thinned, so that it may run for hours. */
export function withPoint({ points, peak }: Timeline, point: Point): Timeline {
  const last = points.at(-1);
  if (last && point[0] - last[0] < STEP_MS && last[1] === point[1]) return { points, peak };
  let all = [...points, point];
  if (all.length > POINTS_MAX) all = all.filter((_, index) => index >= all.length >> 1 || index % 2 === 0);
  return { points: all, peak: Math.max(peak, paceOf(all)) };
}

export function restore(sale: string): Timeline {
  try {
    const [points, peak] = JSON.parse(sessionStorage.getItem(`timeline ${sale}`) ?? "[[], 0]") as [Point[], number];
    return { points, peak };
  } catch {
    return { points: [], peak: 0 };
  }
}

export function keep(sale: string, { points, peak }: Timeline): void {
  try { sessionStorage.setItem(`timeline ${sale}`, JSON.stringify([points, peak])); } catch { /* then a reload starts anew */ }
}
