// The task of a join: solved in a worker, given up when the reader leaves or prefers to wait.

/**
 * Resolves with the proof of a challenge. Rejects when `signal` is aborted, and when the device cannot compute it:
 * then the plain wait is what is left.
 */
export function solveTask({ challenge, difficulty }, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const end = (settle) => (value) => {
      worker.terminate();
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const fail = end(reject);
    const abort = () => fail(signal.reason);
    signal?.addEventListener("abort", abort);
    worker.addEventListener("message", ({ data }) => (data ? end(resolve)(data) : fail(new Error("unsolved"))));
    worker.addEventListener("error", () => fail(new Error("no worker")));
    worker.postMessage({ challenge, difficulty });
  });
}
