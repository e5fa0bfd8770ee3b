// A problem as the reader sees it: what happened, and what to do next.

import { h } from "./dom.js";
import { has, language, t } from "./i18n.js";

/** What happened. The server's sentence in English, ours for the same code in another language. */
export function whatHappened(problem) {
  const ours = has(`problem.${problem.code}`) ? t(`problem.${problem.code}`) : null;
  return (language === "en" ? problem.detail || ours : ours || problem.detail) || t("problem.unknown");
}

/** What to do next. */
export function whatNext(problem) {
  if (has(`next.${problem.code}`)) return t(`next.${problem.code}`);
  return t(problem.passing ? "next.passing" : "next.default");
}

/** Shows a problem in its place on the page; `null` clears it. `again` adds a button. */
export function showProblem(host, problem, again) {
  if (!problem) return host.replaceChildren();
  if (problem.status === undefined) console.error(problem); // a mistake of ours, not an answer
  const trace = problem.body?.trace_id;
  return host.replaceChildren(h("div", { class: "notice problem", role: "alert" },
    h("p", { class: "notice-what" }, whatHappened(problem)),
    h("p", {}, whatNext(problem)),
    trace && problem.status >= 500 && h("p", { class: "fine" }, t("problem.trace", { trace })),
    again && h("button", { type: "button", class: "button quiet", onclick: again }, t("action.again")),
  ));
}

/** Shows a plain message. */
export function showMessage(host, text) {
  host.replaceChildren(h("div", { class: "notice" }, h("p", {}, text)));
}
