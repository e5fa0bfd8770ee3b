/// <reference lib="webworker" />
// The service worker: tickets that were seen once, and the gate, are there without a network. It imports nothing, so that it is one file.

const worker = self as unknown as ServiceWorkerGlobalScope;
const SHELL = "shell-1"; // pages and what they load: the same for everybody
const OWN = "own-1"; // answers to one person; gone when that person signs out
const SHELL_MAX = 80; // entries; those that no page has named for longest are of versions before
const PATIENCE_MS = 2_500; // at a door with a poor network, what is kept is shown after this long
const IMPATIENCE_MS = 300; // once it was too slow, for a while after
const SLOW_FOR_MS = 20_000;
const OWNER = "/owner";
const ANY = { ignoreVary: true };

const PAGE = /^\/(tickets|orders\/[^/]+|check-in)$/;
const ASSET = /^\/(assets\/|mark\.svg$)/;
const ANSWER = /^\/v1\/(me|tickets|tickets\/[^/]+|tickets\/[^/]+\/qr\.svg|orders\/[^/]+)$/;

let generation = 0; // what was asked for before a sign-out is not kept after it
let slowAt = -Infinity;

worker.addEventListener("install", (event) => {
  // Every other request goes past this worker, where a browser can be told so: the minute of a sale must not wait for it.
  type Routes = { addRoutes?: (rules: unknown[]) => Promise<void> };
  const pattern = (pathname: string): unknown => ({ urlPattern: { pathname } });
  const ours = ["/tickets", "/orders/*", "/check-in", "/mark.svg", "/assets/*", "/v1/me", "/v1/tickets*", "/v1/tickets/*", "/v1/orders/*"];
  const routes = (event as unknown as Routes).addRoutes?.([
    { condition: pattern("/assets/*"), source: "race-network-and-fetch-handler" },
    { condition: { not: { or: ours.map(pattern) } }, source: "network" },
  ]);
  event.waitUntil(Promise.all([Promise.resolve(routes).catch(() => null), worker.skipWaiting()]));
});

worker.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => /^(shell|own)-/.test(name) && name !== SHELL && name !== OWN)
    .map((name) => caches.delete(name))));
  event.waitUntil(Promise.all([old, worker.clients.claim()]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (PAGE.test(pathname)) event.respondWith(page(event, pathname));
  } else if (ASSET.test(pathname)) {
    event.respondWith(caches.match(pathname, ANY).then((kept) => kept ?? fetch(request)));
  } else if (ANSWER.test(pathname)) {
    event.respondWith(answer(event, pathname + search));
  }
});

worker.addEventListener("message", (event) => {
  const { type, paths = [] } = event.data as { type?: string; paths?: string[] };
  const work = type === "forget" ? forget() : type === "keep" ? keep(paths) : Promise.resolve();
  event.waitUntil(work.then(() => event.ports[0]?.postMessage("done")));
});

/** All order pages are the same file. */
const fileOf = (pathname: string): string => (pathname.startsWith("/orders/") ? "/orders/_" : pathname);

async function page(event: FetchEvent, pathname: string): Promise<Response> {
  const kept = await caches.match(fileOf(pathname), { ...ANY, cacheName: SHELL });
  const fresh = fetch(event.request).then(async (response) => {
    if (response.ok && !response.redirected) await (await caches.open(SHELL)).put(fileOf(pathname), response.clone());
    return response;
  });
  event.waitUntil(fresh.catch(() => null));
  return soon(fresh, kept);
}

/** An answer to one person: from the network, or as it was when it was seen. */
async function answer(event: FetchEvent, address: string): Promise<Response> {
  const client = await worker.clients.get(event.clientId);
  if (!client || !PAGE.test(new URL(client.url).pathname)) return fetch(event.request);
  const kept = await caches.match(address, { ...ANY, cacheName: OWN });
  const fresh = seen(address, fetch(event.request));
  event.waitUntil(fresh.catch(() => null));
  return soon(fresh, kept && marked(kept));
}

/** Keeps a good answer. Another person's account means that what is kept is no longer this person's. */
async function seen(address: string, asked: Promise<Response>): Promise<Response> {
  const mine = generation;
  const response = await asked;
  if (!response.ok || mine !== generation) return response;
  if (address === "/v1/me") await belongTo(((await response.clone().json()) as { id: string }).id);
  const cache = await caches.open(OWN);
  if (mine === generation || address === "/v1/me") await cache.put(address, response.clone());
  return response;
}

async function belongTo(account: string): Promise<void> {
  const kept = await (await caches.open(OWN)).match(OWNER);
  if ((await kept?.text()) === account) return;
  await forget();
  await (await caches.open(OWN)).put(OWNER, new Response(account));
}

/** The network's answer, unless it fails or takes too long and there is one that was kept. */
async function soon(fresh: Promise<Response>, kept: Response | undefined): Promise<Response> {
  if (!kept) return fresh;
  let answered = false;
  const late = new Promise<Response>((resolve) => setTimeout(() => {
    if (!answered) slowAt = performance.now();
    resolve(kept);
  }, performance.now() - slowAt < SLOW_FOR_MS ? IMPATIENCE_MS : PATIENCE_MS));
  const good = fresh.then((response) => (response.status >= 500 ? kept : response), () => kept).finally(() => { answered = true; });
  return Promise.race([good, late]);
}

/** Says to the page that this was kept. */
function marked(kept: Response): Response {
  const headers = new Headers(kept.headers);
  headers.set("Onsale-Kept", "1");
  return new Response(kept.body, { status: kept.status, headers });
}

async function forget(): Promise<void> {
  generation += 1;
  await caches.delete(OWN);
}

/** What a page has loaded before this worker was there, and what it may need later. */
async function keep(paths: string[]): Promise<void> {
  await seen("/v1/me", fetch("/v1/me"));
  const mine = generation;
  const shell = await caches.open(SHELL);
  const own = await caches.open(OWN);
  const read = async (path: string): Promise<void> => {
    const { pathname } = new URL(path, worker.location.origin);
    const into = ANSWER.test(pathname) ? own : shell;
    const name = PAGE.test(pathname) ? fileOf(pathname) : path;
    const kept = PAGE.test(pathname) || pathname === "/v1/tickets" ? undefined : await into.match(name, ANY);
    // Put anew it is the youngest: what is in use does not go before what no page names any more.
    if (kept) return into === shell ? shell.put(name, kept) : undefined;
    const response = await fetch(path, { credentials: "same-origin" });
    if (!response.ok || (into === own && mine !== generation)) return;
    const html = PAGE.test(pathname) ? await response.clone().text() : "";
    await into.put(name, response);
    await all([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].flatMap(([, asset]) => (asset ? [asset] : [])));
  };
  const all = async (some: string[]): Promise<void> => {
    for (const path of new Set(some)) await read(path).catch(() => null);
  };
  await all(paths);
  const names = await shell.keys();
  await Promise.all(names.slice(0, Math.max(names.length - SHELL_MAX, 0)).map((request) => shell.delete(request)));
}
