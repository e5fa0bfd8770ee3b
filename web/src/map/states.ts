// What a seat can be, as it is told.

export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
export const BLOCKED = 3;

/** Which seats have changed; null when it may be any. */
export type Changed = readonly [seat: number, state: number][] | null;
