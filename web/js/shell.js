// What every page has: language, account, state of the connection.

import { call, me } from "./api.js";
import { byId, h, setText, whileBusy } from "./dom.js";
import { language, load, switchTo, t } from "./i18n.js";

/** Loads the language and wires the header. */
export async function open() {
  await load();
  const other = language === "en" ? "ko" : "en";
  const button = byId("language");
  button.lang = other;
  button.textContent = other === "ko" ? "한국어" : "English";
  button.addEventListener("click", () => switchTo(other));
}

/** Shows whether the page is live; nothing is said while all is well on pages that were never live. */
export function showLink(state) {
  const pill = byId("link");
  pill.dataset.state = state;
  setText(pill, t(`link.${state}`));
}

/** The signed-in account (or null), shown in the header with a way out. */
export async function openAccount() {
  const account = await me();
  showAccount(account);
  return account;
}

export function showAccount(account) {
  const host = byId("account");
  if (!account) return host.replaceChildren();
  const out = h("button", { type: "button", class: "link" }, t("account.log_out"));
  out.addEventListener("click", () => whileBusy(out, async () => {
    await call("DELETE", "/v1/session").catch(() => null);
    location.reload();
  }));
  return host.replaceChildren(h("span", { class: "account-name", title: account.email }, account.name || account.email), out);
}
