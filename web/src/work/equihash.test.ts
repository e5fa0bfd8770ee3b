import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { solve } from "./equihash";
import { sha256 } from "./sha256";

const hex = (words: Uint32Array): string => [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
const theirs = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("hashes as everybody does, at every length around a block", () => {
  for (const length of [0, 1, 3, 31, 55, 56, 63, 64, 65, 119, 120, 1_000]) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
    expect(hex(sha256(bytes)), `${length} bytes`).toBe(theirs(bytes));
  }
});

// What `Proof::solves` of crates/guard asks for, with the hash of somebody else.
test("finds rows that cancel out round by round", () => {
  const proof = solve("a challenge", 1, 64);
  expect(proof).toMatch(/^[\w-]{96}$/);
  const bytes = Buffer.from(proof!, "base64url");
  const nonce = bytes.readUInt32BE(0);
  const bits = [...bytes.subarray(4)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const rows = Array.from({ length: 32 }, (_, at) => parseInt(bits.slice(at * 17, at * 17 + 17), 2));
  const seed = createHash("sha256").update("a challenge").digest();
  const row = (index: number): bigint => {
    const block = Buffer.alloc(8);
    block.writeUInt32BE(nonce, 0);
    block.writeUInt32BE(index >> 1, 4);
    const hash = createHash("sha256").update(seed).update(block).digest("hex");
    return BigInt(`0x${hash.slice((index & 1) * 24, (index & 1) * 24 + 24)}`);
  };

  expect(new Set(rows).size).toBe(32);
  let [sums, firsts] = [rows.map(row), rows];
  for (let round = 0; round < 5; round += 1) {
    const shift = BigInt(80 - 16 * round);
    const pairs = sums.flatMap((sum, at) => (at % 2 ? [] : [[sum, sums[at + 1]!] as const]));
    expect(pairs.every(([one, other]) => (one ^ other) >> shift === 0n), `round ${round}`).toBe(true);
    expect(firsts.every((first, at) => at % 2 || first < firsts[at + 1]!), `order of round ${round}`).toBe(true);
    sums = pairs.map(([one, other]) => one ^ other);
    firsts = firsts.filter((_, at) => at % 2 === 0);
  }
  expect(sums).toEqual([0n]);
  expect(createHash("sha256").update(seed).update(bytes).digest()[0]! >> 7, "difficulty 1").toBe(0);
}, 60_000);

// The server's own solver finds the same one: crates/guard/tests/work.rs keeps it there.
test("finds the proof that the server's solver finds", () => {
  const expected = readFileSync(new URL("../../../crates/guard/tests/browser.proof", import.meta.url), "utf8").trim();
  expect(solve("OWORK1.a-challenge-for-both-sides", 2)).toBe(expected);
});
