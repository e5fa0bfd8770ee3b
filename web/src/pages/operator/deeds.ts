// The audit log in sentences: what the server wrote down (crates/gateway/src/audit.rs).

import type { components } from "../../lib/contract";
import { has, t } from "../../lib/i18n";

type Audited = components["schemas"]["AuditedBody"];
/** `detail` is an object whose members depend on the action. */
export type Deed = Omit<Audited, "detail"> & { detail: Readonly<Record<string, unknown>> };

interface Pace { capacity: number | null; rate: { count: number; interval_ms: number } | null; admissions_max: number | null }

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number => (typeof value === "number" ? value : 0);

/** What is worth saying of how it was done. */
export function details({ action, detail }: Deed): Record<string, string | number> {
  switch (action) {
    case "announce": return { text: text(detail.text) };
    case "set_no_show_correction": return { on: detail.on === true ? 1 : 0 };
    case "block": case "unblock": return { count: count(detail.seats) + count(detail.people) };
    case "create_organiser": case "change_event": case "change_venue": return { name: text(detail.name) };
    case "grant_role": return { role: text(detail.role), organiser: text(detail.organiser) };
    default: return {};
  }
}

/** A deed as a sentence about `who`. An action that is newer than this page is said by its name. */
export function sentence(deed: Deed, who: string): string {
  const { action, target } = deed;
  const values = { who, target, ...details(deed) };
  if (action === "set_pace") return t("deed.set_pace", { ...values, pace: paceWords(deed.detail as Partial<Pace>) });
  if (action === "set_no_show_correction") return t(details(deed).on ? "deed.no_shows_on" : "deed.no_shows_off", values);
  if (action === "announce" && details(deed).text === "") return t("deed.announce_back", values);
  if (action === "grant_role") {
    const { role, organiser } = details(deed);
    return t(organiser ? "deed.grant_role_at" : "deed.grant_role", { ...values, role: t(`ops.role_${role}`) });
  }
  return has(`deed.${action}`) || has(`deed.${action}#other`) ? t(`deed.${action}`, values) : t("deed.other", { ...values, action });
}

function paceWords({ capacity = null, rate = null, admissions_max: total = null }: Partial<Pace>): string {
  const said = [
    capacity === null ? "" : t("cockpit.bound_capacity", { count: capacity }),
    rate === null ? "" : t("cockpit.bound_rate", { count: rate.count, interval: t("time.seconds", { count: rate.interval_ms / 1_000 }) }),
    total === null ? "" : t("cockpit.bound_total", { count: total }),
  ].filter(Boolean);
  return said.join(" · ") || t("cockpit.bound_none");
}
