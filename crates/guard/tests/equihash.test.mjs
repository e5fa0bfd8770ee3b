// The browser's half of the proof of work finds the same proof as the server's.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { solve } from "../../../web/js/work/equihash.js";
import { sha256 } from "../../../web/js/work/sha256.js";

test("SHA-256 is SHA-256, whatever the length", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    const words = [...sha256(bytes)].map((word) => word.toString(16).padStart(8, "0")).join("");
    assert.equal(words, createHash("sha256").update(bytes).digest("hex"), `${length} bytes`);
  }
});

test("the proof is the one the server's solver finds", () => {
  const expected = readFileSync(new URL("./browser.proof", import.meta.url), "utf8").trim();
  const start = performance.now();
  assert.equal(solve("OWORK1.a-challenge-for-both-sides", 2), expected);
  console.log(`solved in ${Math.round(performance.now() - start)} ms`);
});

test("without a solution among the nonces there is no proof", () => {
  assert.equal(solve("OWORK1.a-challenge-for-both-sides", 32, 1), null);
});
