// Who is signed in, for every part of a page.

import { api, ok } from "./api";
import type { components } from "./contract";
import { forgetOffline } from "./offline";
import { Problem, asProblem } from "./problem";

export type Account = components["schemas"]["AccountBody"];

class Session {
  account = $state<Account | null>(null);
  /** Whether the server has said who is signed in, or that nobody is. */
  known = $state(false);

  get isStaff(): boolean {
    return this.account?.role === "organiser" || this.account?.role === "operator";
  }
}

/** The session of this browser; `account` is null while nobody is signed in. */
export const session = new Session();

/** Asks who is signed in; a server that cannot say throws a `Problem`. */
export async function askAccount(): Promise<void> {
  try {
    session.account = await ok(api.GET("/v1/me"));
  } catch (problem) {
    session.account = null;
    if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
  }
  session.known = true;
}

/** Asks who is signed in. A server that cannot say is no reason to show nothing: then `known` stays false. */
export async function loadAccount(): Promise<void> {
  await askAccount().catch((thrown: unknown) => void asProblem(thrown));
}

/**
 * Signs out, and shows the page as everybody sees it. Nobody else on this device sees the tickets that were kept on it.
 * Throws a `Problem` if the session could not be ended: then the person still is signed in.
 */
export async function signOut(): Promise<void> {
  await ok(api.DELETE("/v1/session"));
  await forgetOffline();
  location.reload();
}
