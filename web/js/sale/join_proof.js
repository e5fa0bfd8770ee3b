// The proof that a join asks for while many are sent by machines: the device works for a moment, or its reader waits.

import { call, patiently, Problem } from "../api.js";
import { asClock, countDown } from "../clock.js";
import { announce, h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { solveTask } from "../work/task.js";

const TASKS_MAX = 3;
const ASK_ANEW = ["join_proof_used", "join_proof_over", "join_proof_invalid"];

/** Joins, with a proof if one is asked for; `host` shows what goes on. Rejects when `signal` is aborted. */
export async function join(path, host, onWait, signal) {
  let proof = null;
  for (let tasks = 0; ; ) {
    try {
      return await patiently(() => call("POST", path, undefined, { proof }), onWait);
    } catch (problem) {
      if (!(problem instanceof Problem) || tasks === TASKS_MAX) throw problem;
      if (problem.code === "join_proof_needed") {
        tasks += 1;
        proof = await workOrWait(problem.body, host, signal);
      } else if (proof && ASK_ANEW.includes(problem.code)) proof = null;
      else throw problem;
    }
  }
}

/** What the header `Join-Proof` has to hold. A device that cannot work waits. */
async function workOrWait(task, host, signal) {
  const working = new AbortController();
  const leave = () => working.abort();
  signal.addEventListener("abort", leave);
  const instead = h("button", { type: "button", class: "button quiet", onclick: leave }, t("proof.wait_instead"));
  const cost = t("proof.wait_cost", { time: asClock(Math.max(task.wait_until_ms - task.server_time_ms, 0)) });
  host.replaceChildren(h("div", { class: "notice" }, h("p", {}, t("proof.working")), h("p", { class: "fine" }, cost), instead));
  announce(t("proof.working"));
  try {
    return `${task.challenge}.${await solveTask(task, working.signal)}`;
  } catch {
    signal.throwIfAborted();
    return await waited(task, host, signal);
  } finally {
    signal.removeEventListener("abort", leave);
    host.replaceChildren();
  }
}

function waited(task, host, signal) {
  return new Promise((resolve, reject) => {
    const left = h("p", { class: "num", role: "timer" });
    host.replaceChildren(h("div", { class: "notice" }, h("p", {}, t("proof.waiting")), left));
    announce(t("proof.waiting"));
    let stop = () => {};
    const leave = () => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    stop = countDown(task.wait_until_ms, (ms) => {
      setText(left, asClock(ms));
      if (ms > 0) return;
      signal.removeEventListener("abort", leave);
      resolve(task.wait_ticket);
    });
  });
}
