// What is drawn and not saved yet, kept in this browser; and of a saved plan what the server does not keep: from which
// numbers its blocks were drawn.

import { pack, unpack } from "./model/pack";
import { capacity, type Plan } from "./model/plan";

export interface Draft { readonly plan: Plan; readonly keptAt: number }

const key = (source: string): string => `onsale.plan.draft.${source}`;
const drawnKey = (plan: number): string => `onsale.plan.${plan}.drawn`;
/** Longer drawings would take the room of the drafts. */
const DRAWN_CHARS_MAX = 200_000;

/** The draft of a source: a new plan, or a copy of another. */
export function kept(source: string): Draft | null {
  try {
    const text = localStorage.getItem(key(source));
    const [at = "", packed = ""] = text ? [text.slice(0, text.indexOf("\n")), text.slice(text.indexOf("\n") + 1)] : [];
    const plan = unpack(packed);
    return plan ? { plan, keptAt: Number(at) } : null;
  } catch {
    return null; // storage may be forbidden
  }
}

/** Whether there was room for it. */
export function keep(source: string, plan: Plan): boolean {
  try {
    localStorage.setItem(key(source), `${Date.now()}\n${pack(plan)}`);
    return true;
  } catch {
    return false;
  }
}

export function forget(source: string): void {
  try { localStorage.removeItem(key(source)); } catch { /* then there was none */ }
}

export function rememberSaved(id: number, plan: Plan): void {
  try {
    localStorage.removeItem(drawnKey(id));
    const drawn = pack(plan);
    if (drawn.length <= DRAWN_CHARS_MAX) localStorage.setItem(drawnKey(id), drawn);
  } catch { /* then a copy has its seats as they are */ }
}

/** A saved plan as it was drawn here, its blocks by their numbers; as the server has it otherwise. */
export function asDrawn(id: number, saved: Plan): Plan {
  try {
    const drawn = unpack(localStorage.getItem(drawnKey(id)) ?? "");
    const [a, b] = [drawn && capacity(drawn), capacity(saved)];
    // Another server may have given the same number to another plan.
    return drawn && a && drawn.name.trim() === saved.name && a.seats === b.seats && a.standing === b.standing ? drawn : saved;
  } catch {
    return saved;
  }
}
