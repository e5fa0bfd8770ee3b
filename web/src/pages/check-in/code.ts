// The code on a ticket, as crates/tickets writes it: `ONSALE1.` and base32 of version, key, claims, Ed25519 signature.

const PREFIX = "ONSALE1.";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CHARS_MAX = 154; // the longest a QR code of the size we print holds
const VERSION = 1;
const HEADER_BYTES = 5;
const SIGNATURE_BYTES = 64;
const SEAT_CLAIMS_BYTES = 17;
const AREA_CLAIMS_BYTES = 19;

/** What a ticket says about itself; to be believed once the signature is verified. */
export interface Ticket {
  /** `sale_1-17` */
  id: string;
  sale: string;
  seat: number | null;
  area: number | null;
  startsAtMs: number;
}

/** A code taken apart. */
export interface Code {
  text: string;
  /** 8 hex digits. */
  key: string;
  ticket: Ticket;
  message: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/** As somebody types it: small letters, spaces and line breaks do not matter. */
export const tidy = (typed: string): string => typed.replace(/\s+/g, "").toUpperCase();

/** Takes a code apart; null if it is not the form of a ticket code. */
export function parse(text: string): Code | null {
  if (text.length > CHARS_MAX || !text.startsWith(PREFIX)) return null;
  const bytes = base32(text.slice(PREFIX.length));
  if (!bytes || bytes.length < HEADER_BYTES + SEAT_CLAIMS_BYTES + SIGNATURE_BYTES || bytes[0] !== VERSION) return null;
  const unsigned = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  const ticket = claims(unsigned.subarray(HEADER_BYTES));
  if (!ticket) return null;
  const message = new Uint8Array(PREFIX.length + unsigned.length);
  message.set(new TextEncoder().encode(PREFIX));
  message.set(unsigned, PREFIX.length);
  const key = [...bytes.subarray(1, HEADER_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { text, key, ticket, message, signature: bytes.slice(-SIGNATURE_BYTES) };
}

function claims(bytes: Uint8Array): Ticket | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length === SEAT_CLAIMS_BYTES ? 0 : bytes.length === AREA_CLAIMS_BYTES ? 1 : null;
  if (kind === null || bytes[12] !== kind) return null;
  const sale = `sale_${view.getUint32(0)}`;
  return {
    id: `${sale}-${view.getUint32(4)}`,
    sale,
    startsAtMs: view.getUint32(8) * 1_000,
    seat: kind === 0 ? view.getUint32(13) : null,
    area: kind === 1 ? view.getUint16(13) : null,
  };
}

/** RFC 4648 without padding; null for anything but the one spelling that stands for these bytes. */
export function base32(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let [bits, held, at] = [0, 0, 0];
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[at] = (bits >> held) & 0xff;
      at += 1;
    }
  }
  // What is left over belongs to no byte: fewer than five bits, and all of them zero.
  return held < 5 && (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}
