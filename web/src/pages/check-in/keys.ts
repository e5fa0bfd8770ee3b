// The public keys of ticket codes: fetched while there is a network, kept for when there is none.

import type { Code } from "./code";

/** As `GET /v1/keys/tickets` publishes it. */
export interface PublishedKey { id: string; public_key: string }

/** What a check without a network says; `unable`: no keys here, or a browser that knows no Ed25519. */
export type Checked = "genuine" | "forged" | "key_unknown" | "unable";

/** Verifies the signature of a code with the keys this device has. */
export async function verify(code: Code, keys: PublishedKey[]): Promise<Checked> {
  if (keys.length === 0 || !globalThis.crypto?.subtle) return "unable";
  const published = keys.find((one) => one.id === code.key);
  if (!published) return "key_unknown";
  try {
    const raw = Uint8Array.from(atob(published.public_key), (letter) => letter.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return (await crypto.subtle.verify("Ed25519", key, code.signature, code.message)) ? "genuine" : "forged";
  } catch {
    return "unable";
  }
}
