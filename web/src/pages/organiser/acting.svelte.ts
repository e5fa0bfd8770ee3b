// For which organiser this page works: the account's own, or the one an operator has named.

import { session } from "../../lib/session.svelte";

const KEY = "onsale.acting_for";

class Acting {
  #named = $state(read());

  /** The organiser; empty while an operator has not named any. */
  get organiser(): string {
    return session.account?.organiser ?? this.#named;
  }

  /** Whether it must be named: whoever works for an organiser has no choice. */
  get choosable(): boolean {
    return session.account?.role === "operator" && !session.account.organiser;
  }

  /** For the address of a request, and for its body. */
  get query(): { organiser?: string } {
    return this.choosable ? { organiser: this.#named } : {};
  }

  name(organiser: string): void {
    this.#named = organiser;
    try { sessionStorage.setItem(KEY, organiser); } catch { /* then it lasts for this page */ }
  }
}

function read(): string {
  try { return sessionStorage.getItem(KEY) ?? ""; } catch { return ""; }
}

export const acting = new Acting();
