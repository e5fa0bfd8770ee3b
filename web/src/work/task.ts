// The task of a join: solved in a worker, given up when the reader leaves or prefers to wait.

export interface Task { challenge: string; difficulty: number }

/**
 * Resolves with the proof of a challenge. Rejects when `signal` is aborted, and when the device cannot compute it:
 * then the plain wait is what is left.
 */
export function solveTask({ challenge, difficulty }: Task, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const end = (settle: () => void): void => {
      worker.terminate();
      signal.removeEventListener("abort", abort);
      settle();
    };
    const fail = (why: unknown): void => end(() => reject(why as Error));
    const abort = (): void => fail(signal.reason);
    signal.addEventListener("abort", abort);
    worker.onmessage = ({ data }: MessageEvent<string | null>) => (data ? end(() => resolve(data)) : fail(new Error("unsolved")));
    worker.onerror = () => fail(new Error("no worker"));
    worker.postMessage({ challenge, difficulty } satisfies Task);
  });
}
