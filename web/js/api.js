// The HTTP API: JSON in and out, every failure a `Problem` with a code, a sentence and what to do next.

import * as clock from "./clock.js";

const PATIENCE_MS = 15_000;
const RETRIES_MAX = 8;
const CACHE_AGE_MAX_MS = 1_000; // what a cache may answer with is at most this old

/** An answer of the server that is not a success, or the lack of one (`network_unreachable`, `answer_late`). */
export class Problem extends Error {
  constructor(status, body, retryAfterMs = null) {
    super(body.detail ?? body.title ?? "");
    Object.assign(this, { status, code: body.code ?? `http_${status}`, detail: body.detail ?? "", body, retryAfterMs });
  }

  /** The same request may succeed later without the fan changing anything. */
  get passing() {
    return [0, 429, 502, 503, 504].includes(this.status) && this.code !== "too_many_attempts";
  }
}

/** A key that names one intention: the same on every retry, another for the next intention. */
export function freshKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on another machine's address has no randomUUID.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let pass = null; // the latest admission pass; kept in memory alone
const PASS_AGAIN = ["admission_pass_needed", "admission_pass_over", "admission_pass_used", "admission_pass_invalid"];

/** One request. Throws a `Problem`. Where an admission pass is asked for, the place is looked at for a fresh one. */
export async function call(method, path, body, options = {}) {
  try {
    return await once(method, path, body, options);
  } catch (problem) {
    const sale = path.match(/^\/v1\/sales\/[^/]+/)?.[0];
    if (!sale || !PASS_AGAIN.includes(problem.code)) throw problem;
    pass = null;
    await once("GET", `${sale}/line/me`);
    if (!pass) throw problem;
    return once(method, path, body, options);
  }
}

async function once(method, path, body, { key, proof } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (proof) headers["Join-Proof"] = proof;
  if (pass && method !== "GET") headers["Admission-Pass"] = pass;
  const sentAt = performance.now();
  let response;
  let answer = null;
  try {
    response = await fetch(path, {
      method, headers, signal: AbortSignal.timeout(PATIENCE_MS), cache: method === "GET" ? "no-cache" : "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const receivedAt = performance.now();
    pass = response.headers.get("Admission-Pass") ?? pass;
    const text = await response.text();
    answer = text ? JSON.parse(text) : null;
    const serverMs = answer?.server_time_ms ?? answer?.place?.server_time_ms;
    clock.sample(serverMs, sentAt, receivedAt, method === "GET" ? CACHE_AGE_MAX_MS : 0);
  } catch (error) {
    if (response && !response.ok) throw new Problem(response.status, {}, retryAfter(response));
    throw new Problem(0, { code: error.name === "TimeoutError" ? "answer_late" : "network_unreachable" });
  }
  if (!response.ok) throw new Problem(response.status, answer ?? {}, retryAfter(response));
  return answer;
}

function retryAfter(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? seconds * 1_000 : null;
}

export const get = (path) => call("GET", path);

/** Repeats a request that the server is too busy for, as it asks (`Retry-After`) and with jitter. */
export async function patiently(request, onWait = () => {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (problem) {
      if (!(problem instanceof Problem) || !problem.passing || attempt >= RETRIES_MAX) throw problem;
      onWait(problem);
      const backoff = Math.min(500 * 2 ** attempt, 8_000);
      await wait(Math.max(problem.retryAfterMs ?? 0, backoff / 2) + Math.random() * backoff);
    }
  }
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The account of the session, or null. */
export async function me() {
  try {
    return await get("/v1/me");
  } catch (problem) {
    if (problem.status === 401) return null;
    throw problem;
  }
}
