// Who is signed in, for every part of a page.

import { api, ok } from "./api";
import type { components } from "./contract";
import { forgetOffline } from "./offline";
import { Problem } from "./problem";

export type Account = components["schemas"]["AccountBody"];

class Session {
  account = $state<Account | null>(null);
  /** Whether the server could say that nobody is signed in. */
  known = $state(false);

  get isStaff(): boolean {
    return this.account?.role === "organiser" || this.account?.role === "operator";
  }
}

/** The session of this browser; `account` is null while nobody is signed in. */
export const session = new Session();

/** Asks who is signed in. A server that cannot say is no reason to show nothing. */
export async function loadAccount(): Promise<void> {
  try {
    session.account = await ok(api.GET("/v1/me"));
    session.known = true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    session.account = null;
    session.known = problem.status === 401;
  }
}

/** Signs out, and shows the page as everybody sees it. Nobody else on this device sees the tickets that were kept on it. */
export async function signOut(): Promise<void> {
  await ok(api.DELETE("/v1/session")).catch(() => null);
  await forgetOffline();
  location.reload();
}
