// How a page begins: its texts, its account, its component.

import { mount, type Component } from "svelte";

import "../style/base.css";
import * as i18n from "./i18n";
import { loadAccount } from "./session.svelte";

/** Loads the language (and, unless told otherwise, who is signed in), then puts the page into `#app`. */
export async function open(Page: Component, { house = false, line = false, account = true } = {}): Promise<void> {
  await Promise.all([i18n.load({ house, line }), account ? loadAccount() : null]);
  const target = document.getElementById("app");
  if (!target) throw new Error("The page has no #app.");
  target.replaceChildren();
  mount(Page, { target });
}

/** The part of the address after `/sales/`, `/events/` and so on. */
export function idInPath(): string {
  return decodeURIComponent(location.pathname.split("/")[2] ?? "");
}
