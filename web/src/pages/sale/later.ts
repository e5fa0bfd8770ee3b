// Parts of the page that come when they are needed.

import type { Component } from "svelte";

import { wait } from "../../lib/api";
import { more } from "../../lib/i18n";
import type { Sale } from "./sale.svelte";

/** What an import gives, with the texts and the styles for it. */
export async function fetched<T>(part: () => Promise<T>): Promise<T> {
  const [loaded] = await Promise.all([part(), more()]);
  await mendStyles();
  return loaded;
}

/** The same, as often as it takes; in the end by a fresh page, since some browsers remember a failed import. Nothing of the fan's is lost by it. */
export async function later<T>(part: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      return await fetched(part);
    } catch {
      await wait(1_000 + 2_000 * Math.random());
    }
  }
  location.reload();
  return new Promise(() => {});
}

function came({ sheet }: HTMLLinkElement): boolean {
  // Of one that failed there is a sheet as well, but it is empty or must not be read.
  try { return sheet !== null && sheet.cssRules.length > 0; } catch { return false; }
}

/** Style sheets that did not come are asked for again: Vite asks for each of them once. */
async function mendStyles(): Promise<void> {
  const lost = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")].filter((link) => !came(link));
  await Promise.all(lost.map((link) => new Promise((come, fail) => {
    const again = link.cloneNode() as HTMLLinkElement;
    again.onload = come;
    again.onerror = fail;
    link.replaceWith(again);
  })));
}

type Part = Promise<{ default: Component<{ sale: Sale }> }>;

export const stages = {
  lobby: (): Part => import("./Lobby.svelte"),
  choose: (): Part => import("./choose/Choose.svelte"),
  pay: (): Part => import("./Pay.svelte"),
  done: (): Part => import("./Done.svelte"),
  drawn: (): Part => import("./Drawn.svelte"),
  ended: (): Part => import("./Ended.svelte"),
};
