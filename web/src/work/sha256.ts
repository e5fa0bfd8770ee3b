// SHA-256, because crypto.subtle answers each hash by a promise, and only on secure origins.

const K = new Uint32Array(64);
const START = new Uint32Array(8);

// The constants are the first bits of the fractions of the roots of the first primes (FIPS 180-4).
{
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  primes.forEach((prime, i) => (K[i] = fraction(Math.cbrt(prime))));
  primes.slice(0, 8).forEach((prime, i) => (START[i] = fraction(Math.sqrt(prime))));
}

const w = new Uint32Array(64);

/** Mixes a block, the 16 words from `at` on, into the 8 words of `state`. */
function compress(state: Uint32Array, block: Uint32Array, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = block[at + i]!;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = state[i]! + word));
}

/** Hashes one block that is padded already into `state`. */
export function hashBlock(state: Uint32Array, block: Uint32Array): void {
  state.set(START);
  compress(state, block, 0);
}

/** The 8 words of the hash of some bytes. */
export function sha256(bytes: Uint8Array): Uint32Array {
  const blocks = new Uint32Array(((bytes.length + 8) >> 6) * 16 + 16);
  bytes.forEach((byte, i) => (blocks[i >> 2]! |= byte << (24 - (i & 3) * 8)));
  blocks[bytes.length >> 2]! |= 0x80 << (24 - (bytes.length & 3) * 8);
  blocks[blocks.length - 1] = bytes.length * 8;
  const state = START.slice();
  for (let at = 0; at < blocks.length; at += 16) compress(state, blocks, at);
  return state;
}
