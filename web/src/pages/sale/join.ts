// Joining the line, with a proof if one is asked for: the device works for a moment, or its reader waits.

import { api, ok, patiently } from "../../lib/api";
import type { Place } from "../../lib/live";
import { Problem } from "../../lib/problem";
import type { Sale } from "./sale.svelte";

/** What a refused join asks for. */
export interface ProofTask { challenge: string; difficulty: number; wait_ticket: string; wait_until_ms: number; server_time_ms: number }
export interface Asked { task: ProofTask; solved: (proof: string) => void }

const TASKS_MAX = 3;
const ASK_ANEW = ["join_proof_used", "join_proof_over", "join_proof_invalid"];

/** `prove` gives what the header `Join-Proof` has to hold; `onWait` is called each time the server asks for patience. */
export async function join(sale: Pick<Sale, "path">, prove: (task: ProofTask) => Promise<string>, onWait: () => void): Promise<Place> {
  let proof: string | null = null;
  for (let tasks = 0; ; ) {
    try {
      const headers = proof ? { "Join-Proof": proof } : {};
      return (await patiently(() => ok(api.POST("/v1/sales/{sale}/line", { ...sale.path, headers })), onWait)).place;
    } catch (problem) {
      if (!(problem instanceof Problem) || tasks === TASKS_MAX) throw problem;
      if (problem.code === "join_proof_needed") {
        tasks += 1;
        proof = await prove(problem.body as unknown as ProofTask);
      } else if (proof && ASK_ANEW.includes(problem.code)) proof = null;
      else throw problem;
    }
  }
}
