// The HTTP API: a typed client of contracts/openapi.json; every failure is a `Problem`.

import type { FetchResponse } from "openapi-fetch";

import { createClient } from "./client";
import * as clock from "./clock";
import { Problem, type ProblemBody } from "./problem";

const PATIENCE_MS = 15_000;
const RETRIES_MAX = 8;
const CACHE_AGE_MAX_MS = 1_000; // what a cache may answer with is at most this old

let pass: string | null = null; // the latest admission pass; kept in memory alone
let looked = false; // for a first one
const WITH_PASS = /\/(line\/me\/enter|hold)$/;
const PASS_AGAIN = new Set(["admission_pass_needed", "admission_pass_over", "admission_pass_used", "admission_pass_invalid"]);

/** The client. `api.GET("/v1/me")` and so on; wrap it in [`ok`] for the body or a `Problem`. */
export const api = createClient((request) => send(request));

/** The body of a success; anything else is thrown as a `Problem`. */
export async function ok<R extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  asked: Promise<FetchResponse<R, O, M>>,
): Promise<NonNullable<FetchResponse<R, O, M>["data"]>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new Problem(response.status, (error ?? {}) as ProblemBody, retryAfter(response));
  return data as NonNullable<typeof data>;
}

/** A key that names one intention: the same on every retry, another for the next intention. */
export function freshKey(): string {
  // Not randomUUID: plain http on another machine's address does not have it.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The server did nothing: what makes something new may be sent again only then, for it has no idempotency key. */
export const undone = (problem: Problem): boolean => problem.passing && [429, 503].includes(problem.status);

/** Repeats a request that the server is too busy for, as it asks (`Retry-After`) and with jitter. */
export async function patiently<T>(
  request: () => Promise<T>, onWait: (problem: Problem) => void = () => {}, again = (problem: Problem): boolean => problem.passing,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (problem) {
      if (!(problem instanceof Problem) || !again(problem) || attempt >= RETRIES_MAX) throw problem;
      onWait(problem);
      const backoff = Math.min(500 * 2 ** attempt, 8_000);
      await wait(Math.max(problem.retryAfterMs ?? 0, backoff / 2) + Math.random() * backoff);
    }
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One request; where an admission pass is asked for, the own place is looked at for a fresh one. */
async function send(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const sale = /^\/v1\/sales\/[^/]+/.exec(pathname)?.[0];
  if (!pass && !looked && sale && WITH_PASS.test(pathname)) {
    looked = true;
    await once(new Request(`${sale}/line/me`));
  }
  const again = request.method === "GET" ? null : request.clone();
  const response = await once(request);
  if (response.ok || !again || !sale || response.status !== 403) return response;
  const body = (await response.clone().json().catch(() => ({}))) as ProblemBody;
  if (!PASS_AGAIN.has(body.code ?? "")) return response;
  pass = null;
  await once(new Request(`${sale}/line/me`));
  return pass ? once(again) : response;
}

async function once(request: Request): Promise<Response> {
  const reads = request.method === "GET";
  const headers = new Headers(request.headers);
  headers.set("Accept", "application/json");
  if (pass && !reads) headers.set("Admission-Pass", pass);
  const sentAt = performance.now();
  try {
    const response = await fetch(request, {
      headers, cache: reads ? "no-cache" : "no-store", signal: AbortSignal.timeout(PATIENCE_MS),
    });
    // The whole body, so that a connection that breaks in the middle of it is heard of here.
    const body = await response.arrayBuffer();
    const receivedAt = performance.now();
    pass = response.headers.get("Admission-Pass") ?? pass;
    const whole = new Response(body.byteLength > 0 ? body : null, response);
    if (body.byteLength < 65_536) await learnTime(whole.clone(), sentAt, receivedAt, reads);
    return whole;
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new Problem(0, { code: late ? "answer_late" : "network_unreachable" });
  }
}

async function learnTime(response: Response, sentAt: number, receivedAt: number, reads: boolean): Promise<void> {
  const body = (await response.json().catch(() => null)) as { server_time_ms?: number; place?: { server_time_ms?: number } } | null;
  clock.sample(body?.server_time_ms ?? body?.place?.server_time_ms, sentAt, receivedAt, reads ? CACHE_AGE_MAX_MS : 0);
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? seconds * 1_000 : null;
}
