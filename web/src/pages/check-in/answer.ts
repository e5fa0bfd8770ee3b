// Asks the server to let a ticket's holder in, and reads what it says.

import { api, ok } from "../../lib/api";
import { Problem } from "../../lib/problem";
import type { Answer } from "./queue";

export async function checkIn(code: string): Promise<Answer> {
  try {
    await ok(api.POST("/v1/check-ins", { body: { code } }));
    return { kind: "in" };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return read(thrown);
  }
}

/** A refusal as an answer. */
export function read(problem: Problem): Answer {
  const { used_at_ms: usedAtMs } = problem.body;
  if (problem.code === "ticket_already_used") return { kind: "used", usedAtMs: typeof usedAtMs === "number" ? usedAtMs : null };
  if (problem.status === 401 || problem.status === 403) return { kind: "signed_out" };
  // Only a refusal with a word of ours was certainly not carried out; a proxy's 502 may come after the deed.
  if (problem.passing || problem.status >= 500) return { kind: "later", unanswered: problem.status === 0 || problem.code.startsWith("http_") };
  return { kind: "refused", reason: problem.code };
}
