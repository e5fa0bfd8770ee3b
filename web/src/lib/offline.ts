// Tickets and the gate without a network: what pages say to the service worker (src/worker.ts).

const PATIENCE_MS = 1_000;

/** Where a fan goes on without a network, from any page that has tickets. */
const TICKETS = ["/tickets", "/v1/tickets"];

/** Keeps this page of the house and what it has loaded, and goes on doing so. */
export const keepHouseOffline = (): Promise<void> => keep([], () => Promise.all([import("../../i18n/house.en.json"), import("../../i18n/house.ko.json")]));

/** Keeps this page, what it has loaded, the page of the tickets and these answers, and goes on doing so. */
export const keepOffline = (answers: string[]): Promise<void> => keep([...answers, ...TICKETS]);

async function keep(answers: string[], more: () => Promise<unknown> = async () => null): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/worker.js", { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    // Both languages, so that switching without a network shows a page.
    await Promise.all([import("../../i18n/en.json"), import("../../i18n/ko.json"), more()]);
    const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === location.origin && /^\/(assets\/|mark\.svg$)/.test(pathname));
    active?.postMessage({ type: "keep", paths: [location.pathname, "/mark.svg", ...loaded.map(({ pathname }) => pathname), ...answers] });
  } catch { /* a browser may forbid it; then tickets need the network */ }
}

/** Forgets what belongs to the person who signs out. */
export async function forgetOffline(): Promise<void> {
  try {
    const worker = (await navigator.serviceWorker?.getRegistration("/"))?.active;
    if (worker) {
      const channel = new MessageChannel();
      const done = new Promise((resolve) => { channel.port1.onmessage = resolve; });
      worker.postMessage({ type: "forget" }, [channel.port2]);
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    }
    const names = "caches" in globalThis ? await caches.keys() : [];
    await Promise.all(names.filter((name) => name.startsWith("own-")).map((name) => caches.delete(name)));
  } catch { /* no storage, nothing kept */ }
}
