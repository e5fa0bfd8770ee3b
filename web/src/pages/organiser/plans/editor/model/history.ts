// Undo and redo: a list of states that share whatever did not change between them.

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the latest step was, and when: steps of one kind that follow at once become one. */
  readonly last: { readonly kind: string; readonly at: number } | null;
}

export const STEPS_MAX = 500;
const TOGETHER_MS = 900;

export const beginning = <T>(present: T): History<T> => ({ past: [], present, future: [], last: null });

/**
 * A further step. With a `kind`, one that follows a step of the same kind at once is undone together with it; what one drag does (a kind of
 * its own, which begins with `drag`) is one step however slow it is.
 */
export function step<T>(history: History<T>, next: T, kind = "", at = 0): History<T> {
  if (next === history.present) return history;
  const together = kind !== "" && history.last?.kind === kind && (kind.startsWith("drag") || at - history.last.at < TOGETHER_MS);
  const past = together ? history.past : [...history.past, history.present].slice(-STEPS_MAX);
  return { past, present: next, future: [], last: { kind, at } };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], last: null };
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future, last: null };
}
