// Solves the task of a join: Equihash(96, 5), the browser's half of crates/guard/src/work, in the same order.
//
// 2^17 rows of 96 bits; 32 of them that cancel out, found by five rounds of pairing rows that agree in 16 bits.

import { hashBlock, sha256 } from "./sha256";

const ROUNDS = 5;
const INDEX_BITS = 17;
const ROWS = 1 << INDEX_BITS;
const ROWS_MAX = ROWS + ROWS / 8;

interface Rows { count: number; words: [Uint32Array, Uint32Array, Uint32Array] }

/** The proof (96 letters) of a challenge, or null if none of the first nonces has one. */
export function solve(challenge: string, difficulty: number, noncesMax = 2 ** 24): string | null {
  const seed = sha256(new TextEncoder().encode(challenge));
  for (let nonce = 0; nonce < noncesMax; nonce++) {
    for (const rows of solutions(seed, nonce)) {
      const proof = pack(nonce, rows);
      if (new Set(rows).size === rows.length && isRare(seed, proof, difficulty)) return base64url(proof);
    }
  }
  return null;
}

function solutions(seed: Uint32Array, nonce: number): number[][] {
  let rows = firstRows(seed, nonce);
  const rounds: Uint32Array[] = [];
  for (let round = 0; round < ROUNDS - 1; round++) {
    const sums: Rows = { count: 0, words: [new Uint32Array(ROWS_MAX), new Uint32Array(ROWS_MAX), new Uint32Array(ROWS_MAX)] };
    const pairs = new Uint32Array(2 * ROWS_MAX);
    const [a, b, c] = rows.words;
    const [x, y, z] = sums.words;
    eachPair(rows, round, (one, other) => {
      const [p, q, r] = [a[one]! ^ a[other]!, b[one]! ^ b[other]!, c[one]! ^ c[other]!];
      // Rows that are equal come from the same rows, and lead to nothing.
      if (!(p | q | r) || sums.count === ROWS_MAX) return;
      const at = sums.count++;
      x[at] = p;
      y[at] = q;
      z[at] = r;
      pairs[2 * at] = one;
      pairs[2 * at + 1] = other;
    });
    rounds.push(pairs);
    rows = sums;
  }
  const found: number[][] = [];
  eachPair(rows, ROUNDS - 1, (one, other) => {
    if (rows.words.every((word) => word[one] === word[other])) {
      found.push(ordered(expand(rounds, ROUNDS - 1, one), expand(rounds, ROUNDS - 1, other)));
    }
  });
  return found;
}

/** Each hash is two rows; the fifth and sixth part of its bits are not used. */
function firstRows(seed: Uint32Array, nonce: number): Rows {
  const words: Rows["words"] = [new Uint32Array(ROWS), new Uint32Array(ROWS), new Uint32Array(ROWS)];
  const block = new Uint32Array(16);
  block.set(seed);
  block[8] = nonce;
  block[10] = 0x80000000;
  block[15] = 320; // bits: seed, nonce, number of the pair
  const hash = new Uint32Array(8);
  for (let pair = 0; pair < ROWS / 2; pair++) {
    block[9] = pair;
    hashBlock(hash, block);
    for (let word = 0; word < 3; word++) {
      words[word]![2 * pair] = hash[word]!;
      words[word]![2 * pair + 1] = hash[word + 3]!;
    }
  }
  return { count: ROWS, words };
}

/** Calls with every two rows that agree in this round's 16 bits. */
function eachPair({ count, words }: Rows, round: number, call: (one: number, other: number) => void): void {
  const word = words[round >> 1]!;
  const shift = round & 1 ? 0 : 16;
  const head = new Int32Array(1 << 16).fill(-1);
  const next = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const digit = (word[index]! >>> shift) & 0xffff;
    for (let earlier = head[digit]!; earlier !== -1; earlier = next[earlier]!) call(earlier, index);
    next[index] = head[digit]!;
    head[digit] = index;
  }
}

/** The first rows that a later row is the sum of, in the order that a proof has. */
function expand(rounds: Uint32Array[], depth: number, index: number): number[] {
  if (depth === 0) return [index];
  const pairs = rounds[depth - 1]!;
  return ordered(expand(rounds, depth - 1, pairs[2 * index]!), expand(rounds, depth - 1, pairs[2 * index + 1]!));
}

const ordered = (one: number[], other: number[]): number[] => (one[0]! < other[0]! ? [...one, ...other] : [...other, ...one]);

/** Nonce and indexes, bit by bit. */
function pack(nonce: number, rows: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + (rows.length * INDEX_BITS) / 8);
  new DataView(bytes.buffer).setUint32(0, nonce);
  let at = 32;
  for (const row of rows) {
    for (let bit = INDEX_BITS - 1; bit >= 0; bit--, at++) bytes[at >> 3]! |= ((row >> bit) & 1) << (7 - (at & 7));
  }
  return bytes;
}

/** The hash of seed and proof begins with so many zero bits. */
function isRare(seed: Uint32Array, proof: Uint8Array, difficulty: number): boolean {
  const bytes = new Uint8Array(32 + proof.length);
  const view = new DataView(bytes.buffer);
  seed.forEach((word, i) => view.setUint32(4 * i, word));
  bytes.set(proof, 32);
  return Math.clz32(sha256(bytes)[0]!) >= difficulty;
}

const base64url = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
