// How fast the line moves: what is set, what it means in people an hour, and the scale of the dial.

import { t } from "../../../lib/i18n";

/** Every bound that is set holds at once. */
export interface Pace {
  capacity: number | null;
  rate: { count: number; interval_seconds: number } | null;
  admissions_max: number | null;
}

export const INTERVALS_S = [1, 10, 60, 300];
/** Stops of the slider: fine where little matters much, coarse where it does not. */
export const STOPS = [0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000];

/** The stop nearest to a number. */
export function stopOf(value: number): number {
  let nearest = 0;
  for (const [at, stop] of STOPS.entries()) if (Math.abs(stop - value) < Math.abs((STOPS[nearest] ?? 0) - value)) nearest = at;
  return nearest;
}

/** Paces that suit a hall of this size: a share of it inside at once. */
export function presets(hall: number): { key: string; capacity: number | null }[] {
  const share = (of: number, least: number): number => STOPS[stopOf(Math.max(hall * of, least))] ?? least;
  return [
    { key: "stop", capacity: 0 },
    { key: "gentle", capacity: share(0.02, 10) },
    { key: "steady", capacity: share(0.06, 30) },
    { key: "fast", capacity: share(0.2, 100) },
    { key: "open", capacity: null },
  ];
}

export interface Effect {
  /** People an hour; null: as many as come. */
  hourly: number | null;
  /** Above it, as far as a rate allows; null: nobody can say. */
  most: number | null;
  /** What the number stands on. */
  basis: "set" | "measured" | "full_time" | "none";
}

/** What a pace comes to. `staySeconds` is how long people are inside, as measured; `fullSeconds` the longest they can be. */
export function effectOf(pace: Pace, staySeconds: number | null, fullSeconds: number): Effect {
  const byRate = pace.rate ? (pace.rate.count * 3_600) / pace.rate.interval_seconds : null;
  const byCapacity = pace.capacity === null ? null : (pace.capacity * 3_600) / Math.max(staySeconds ?? fullSeconds, 1);
  if (byCapacity === null && byRate === null) return { hourly: null, most: null, basis: "none" };
  if (byCapacity === null || (byRate !== null && byRate <= byCapacity)) return { hourly: rounded(byRate ?? 0), most: null, basis: "set" };
  const basis = pace.capacity === 0 ? "set" : staySeconds === null ? "full_time" : "measured";
  return { hourly: rounded(byCapacity), most: basis === "full_time" && byRate !== null ? rounded(byRate) : null, basis };
}

/** Two digits that mean something. */
export function rounded(value: number): number {
  if (value < 10) return Math.round(value);
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / step) * step;
}

/** The bounds in words. */
export function bounds(pace: Pace): string {
  const said = [
    pace.capacity === null ? "" : t("cockpit.bound_capacity", { count: pace.capacity }),
    pace.rate === null ? "" : t("cockpit.bound_rate", { count: pace.rate.count, interval: t("time.seconds", { count: pace.rate.interval_seconds }) }),
    pace.admissions_max === null ? "" : t("cockpit.bound_total", { count: pace.admissions_max }),
  ].filter(Boolean);
  return said.length > 0 ? said.join(" · ") : t("cockpit.bound_none");
}

/** The effect in words. */
export function inWords(pace: Pace, { hourly, most, basis }: Effect): string {
  if (pace.capacity === 0 || hourly === 0) return t("cockpit.effect_stop");
  if (hourly === null) return t("cockpit.effect_none");
  return most === null ? t(`cockpit.effect_${basis}`, { count: hourly }) : t("cockpit.effect_between", { low: hourly, count: most });
}
