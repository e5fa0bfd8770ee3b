// The audit log in sentences: what the server wrote down (crates/gateway/src/audit.rs), read again.

import type { components } from "../../lib/contract";
import { has, t } from "../../lib/i18n";

export type Deed = components["schemas"]["AuditedBody"];

/** What is worth saying of the detail, which is the command as the server prints it. */
export function details({ action, detail }: Deed): Record<string, string | number> {
  switch (action) {
    case "announce": return { text: unquoted(/text: "((?:[^"\\]|\\.)*)"/.exec(detail)?.[1] ?? "") };
    case "set_no_show_correction": return { on: detail.includes("on: true") ? 1 : 0 };
    case "block": case "unblock": return { count: places(detail) };
    case "create_organiser": return { name: detail };
    case "grant_role": {
      const [role = "", organiser = ""] = detail.split(" ");
      return { role: role.toLowerCase(), organiser };
    }
    default: return {};
  }
}

/** The pace a deed set. */
export function paceOf(detail: string): { capacity: number | null; count: number | null; seconds: number | null; total: number | null } {
  const found = (pattern: RegExp): number | null => {
    const number = pattern.exec(detail)?.[1];
    return number === undefined ? null : Number(number);
  };
  const milliseconds = found(/interval: Duration\((\d+)\)/);
  return {
    capacity: found(/capacity: Some\((\d+)\)/), count: found(/Rate \{ count: (\d+)/),
    seconds: milliseconds === null ? null : milliseconds / 1_000, total: found(/admissions_max: Some\((\d+)\)/),
  };
}

/** A deed as a sentence about `who`. An action that is newer than this page is said by its name. */
export function sentence(deed: Deed, who: string): string {
  const { action, target } = deed;
  const values = { who, target, ...details(deed) };
  if (action === "set_pace") return t("deed.set_pace", { ...values, pace: paceWords(deed.detail) });
  if (action === "set_no_show_correction") return t(details(deed).on ? "deed.no_shows_on" : "deed.no_shows_off", values);
  if (action === "announce" && details(deed).text === "") return t("deed.announce_back", values);
  if (action === "grant_role") {
    const { role, organiser } = details(deed);
    return t(organiser ? "deed.grant_role_at" : "deed.grant_role", { ...values, role: t(`ops.role_${role}`) });
  }
  return has(`deed.${action}`) || has(`deed.${action}#other`) ? t(`deed.${action}`, values) : t("deed.other", { ...values, action });
}

function paceWords(detail: string): string {
  const { capacity, count, seconds, total } = paceOf(detail);
  const said = [
    capacity === null ? "" : t("cockpit.bound_capacity", { count: capacity }),
    count === null || seconds === null ? "" : t("cockpit.bound_rate", { count, interval: t("time.seconds", { count: seconds }) }),
    total === null ? "" : t("cockpit.bound_total", { count: total }),
  ].filter(Boolean);
  return said.join(" · ") || t("cockpit.bound_none");
}

/** How many seats and people of areas a blocking is about. */
function places(detail: string): number {
  const seats = detail.match(/SeatIndex\(/g)?.length ?? 0;
  const people = [...detail.matchAll(/\(AreaIndex\(\d+\), (\d+)\)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return seats + people;
}

const unquoted = (text: string): string => text.replace(/\\(["\\'])/g, "$1").replace(/\\n/g, "\n");
