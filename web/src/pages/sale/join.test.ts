import { beforeEach, expect, test, vi } from "vitest";

import { Problem } from "../../lib/problem";
import { join } from "./join";

const POST = vi.hoisted(() => vi.fn());
vi.mock("../../lib/api", () => ({ api: { POST }, ok: (answer: unknown) => answer, patiently: (request: () => unknown) => request() }));

const sale = { path: { params: { path: { sale: "sale_1" } } } };
const needed = new Problem(428, { code: "join_proof_needed", challenge: "c" });
const proofs = (): unknown[] => POST.mock.calls.map(([, { headers }]) => (headers as Record<string, string>)["Join-Proof"]);

beforeEach(() => {
  POST.mockReset();
});

test("joins without a proof where none is asked for", async () => {
  POST.mockResolvedValueOnce({ place: { number: 7 } });
  expect(await join(sale, vi.fn(), vi.fn())).toEqual({ number: 7 });
  expect(proofs()).toEqual([undefined]);
});

test("joins again with the proof, and asks anew when it is over", async () => {
  POST.mockRejectedValueOnce(needed).mockRejectedValueOnce(new Problem(403, { code: "join_proof_over" }))
    .mockRejectedValueOnce(needed).mockResolvedValueOnce({ place: { number: 8 } });
  let proof = 0;
  const prove = vi.fn(async () => `proof ${(proof += 1)}`);
  expect(await join(sale, prove, vi.fn())).toEqual({ number: 8 });
  expect(proofs()).toEqual([undefined, "proof 1", undefined, "proof 2"]);
  expect(prove).toHaveBeenCalledTimes(2);
});

test("gives up after three tasks", async () => {
  POST.mockRejectedValue(needed);
  await expect(join(sale, async () => "proof", vi.fn())).rejects.toBe(needed);
  expect(POST).toHaveBeenCalledTimes(4);
});

test("another refusal is the fan's to read", async () => {
  const early = new Problem(409, { code: "sale_not_open" });
  POST.mockRejectedValueOnce(early);
  await expect(join(sale, vi.fn(), vi.fn())).rejects.toBe(early);
});
