// Server time. One offset on top of performance.now(): changing the local clock changes nothing.

const DRIFT = 1 / 10_000; // a local oscillator may run off by this much between two samples
const SLEEP_MS = 1_500;

let best: { offset: number; error: number; at: number } | null = null;
let skew = Date.now() - performance.now();

/**
 * Learns from an answer: the server read its clock between `sentAt` and `receivedAt` (performance.now()),
 * or up to `staleMs` before, if a cache may have answered.
 */
export function sample(serverMs: unknown, sentAt: number, receivedAt = performance.now(), staleMs = 0): void {
  if (typeof serverMs !== "number" || !Number.isFinite(serverMs)) return;
  const offset = serverMs + staleMs / 2 - (sentAt + receivedAt) / 2;
  const error = Math.max((receivedAt - sentAt + staleMs) / 2, 1);
  if (best) {
    const aged = best.error + (receivedAt - best.at) * DRIFT;
    const contradicts = Math.abs(offset - best.offset) > error + aged + 5;
    if (!contradicts && error > aged) return;
  }
  best = { offset, error, at: receivedAt };
}

/** Server time in unix milliseconds; the local clock until the first answer. */
export const now = (): number => (best ? performance.now() + best.offset : Date.now());

/** True once per sleep of the device, during which performance.now() may have stood still. */
export function slept(): boolean {
  const current = Date.now() - performance.now();
  const jumped = Math.abs(current - skew) > SLEEP_MS;
  skew = current;
  if (jumped) best = null;
  return jumped;
}

/** Calls `tick(msLeft)` at once and just after each full second until the deadline; returns a function that stops it. */
export function countDown(deadlineMs: number, tick: (left: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = (): void => {
    const left = deadlineMs - now();
    tick(Math.max(left, 0));
    if (left > 0) timer = setTimeout(run, left > 1_000 ? (left % 1_000) + 5 : left + 1);
  };
  run();
  return () => clearTimeout(timer);
}

/** Milliseconds as `1:02:03` or `2:03`, rounded up so that 0:00 means over. */
export function asClock(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
