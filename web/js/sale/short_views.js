// The short stages: your turn, done, and over.

import { ask } from "../ask.js";
import { call, patiently } from "../api.js";
import { h, whileBusy } from "../dom.js";
import { duration, number, t } from "../i18n.js";
import { timer } from "../timer.js";

/** Admitted: the fan shows up, which starts the time for choosing. */
export function turnView(app) {
  const clock = timer(t("turn.timer"));
  const enter = h("button", { type: "button", class: "button primary join" }, t("turn.enter"));
  const leave = h("button", { type: "button", class: "link" }, t("turn.leave"));
  enter.addEventListener("click", () => whileBusy(enter, async () => {
    try {
      app.setPlace((await patiently(() => call("POST", `${app.path}/line/me/enter`))).place);
    } catch (problem) {
      app.fail(problem);
    }
  }));
  leave.addEventListener("click", async () => {
    if (await ask("leave_line")) whileBusy(leave, () => app.leaveLine().catch(app.fail));
  });
  app.loadSeats().catch(() => null);
  return {
    element: h("section", { class: "panel narrow turn" },
      h("h2", {}, t("turn.title")), h("p", { class: "lead" }, t("turn.text", { time: duration(app.sale.select_seconds) })), clock.element, enter, leave),
    update: () => clock.set(app.place.deadline_ms),
    leave: () => clock.stop(),
  };
}

/** Bought. */
export function doneView(app) {
  return {
    element: h("section", { class: "panel narrow" },
      h("h2", {}, t("done.title")), h("p", { class: "lead" }, t("done.text")),
      h("p", { class: "choices" },
        app.place.order && h("a", { class: "button primary", href: `/orders/${encodeURIComponent(app.place.order)}` }, t("done.order")),
        h("a", { class: "button", href: "/tickets" }, t("nav.tickets")))),
  };
}

/** Sold out or closed. */
export function endedView(app) {
  const stage = app.status.stage;
  const waited = app.place?.stage === "waiting" || app.place?.stage === "left";
  return {
    element: h("section", { class: "panel narrow ended" },
      h("h2", {}, t(`stage.${stage}`)),
      h("p", { class: "lead" }, t(`ended.${stage}`)),
      waited && h("p", {}, t("ended.waited", { number: number(app.place.number) })),
      h("p", { class: "choices" },
        h("a", { class: "button", href: `/?sale=${encodeURIComponent(app.id)}` }, t("nav.board")),
        h("a", { class: "button", href: "/tickets" }, t("nav.tickets")))),
  };
}
