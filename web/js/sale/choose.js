// Choosing seats: map or list, best available, what is chosen, the timer, and the step to payment.

import { ask } from "../ask.js";
import { call, freshKey, patiently } from "../api.js";
import { announce, h, setText, whileBusy } from "../dom.js";
import { money, t } from "../i18n.js";
import { goToPayment, itemLines, itemName } from "../items.js";
import { FREE } from "../map/seats.js";
import { showMessage, showProblem } from "../notice.js";
import { timer } from "../timer.js";
import { Choice } from "./choice.js";
import { areaSteppers, bestForm } from "./forms.js";
import { pickerMap } from "./picker_map.js";
import { seatList } from "./seat_list.js";

export function chooseView(app) {
  const { sale } = app;
  const choice = new Choice({ path: app.path, max: sale.tickets_per_buyer_max, hold: app.place.hold });
  const clock = timer(t("choose.timer"));
  const notice = h("div", { class: "choose-notice" });
  const picker = h("div", { class: "panel picker" }, h("div", { class: "skeleton" }));
  const lines = h("div", { class: "lines" });
  const total = h("strong", { class: "num" });
  const pay = h("button", { type: "button", class: "button primary" }, t("choose.pay"));
  const giveUp = h("button", { type: "button", class: "link" }, t("waiting.leave"));
  const element = h("div", { class: "choose" },
    h("h2", { class: "choose-title" }, t("choose.title")),
    notice, picker,
    h("div", { class: "aside" },
      h("section", { class: "panel picked", "aria-labelledby": "picked-title" },
        h("h3", { id: "picked-title" }, t("choose.yours", { count: sale.tickets_per_buyer_max })), lines, giveUp),
      h("section", { class: "panel paybar", "aria-label": t("choose.summary") }, clock.element,
        h("p", { class: "total" }, h("span", {}, t("cart.total")), total), pay)));
  const parts = [];

  choice.addEventListener("problem", ({ detail: problem }) => {
    showProblem(notice, problem);
    for (const seat of problem?.body?.seats_taken ?? []) if (app.seats?.states[seat] === FREE) app.seats.states[seat] = 1;
    if (["select_time_over", "not_admitted"].includes(problem?.code)) app.refreshPlace().catch(app.fail);
  });
  choice.addEventListener("limit", () => {
    showMessage(notice, t("choose.limit", { count: choice.max }));
    announce(t("choose.limit", { count: choice.max }));
  });
  choice.addEventListener("change", showChoice);

  let told = "";
  function showChoice() {
    const { hold } = choice;
    const items = hold?.items ?? [];
    if (items.length > 0) lines.replaceChildren(itemLines(items, (item) => choice.remove(item)));
    else lines.replaceChildren(h("p", { class: "muted" }, t("choose.none")));
    lines.classList.toggle("waiting", choice.busy);
    setText(total, hold ? money(hold.total) : "–");
    if (items.length > 0 && !choice.busy) pay.removeAttribute("aria-disabled");
    else pay.setAttribute("aria-disabled", "true");
    if (hold) clock.set(hold.deadline_ms);
    const sentence = items.length === 0 ? t("choose.none") : t("choose.held", { count: items.length, items: items.map(itemName).join("; "), total: money(hold.total) });
    if (!choice.busy && sentence !== told) {
      if (told) announce(sentence);
      told = sentence;
    }
  }

  function pickSeat(seat) {
    if (!choice.seats.has(seat) && app.seats.states[seat] !== FREE) {
      showMessage(notice, t("choose.taken"));
      return announce(t("choose.taken"));
    }
    notice.replaceChildren();
    return choice.toggle(seat);
  }

  async function openPicker() {
    await app.loadSeats();
    const shared = { plan: app.plan, sale, seats: app.seats, choice };
    const areas = areaSteppers(shared);
    const map = pickerMap({ ...shared, onSeat: pickSeat, onArea: (area) => areas.focus(area) });
    const list = app.plan.seats.length > 0 ? seatList({ ...shared, onSeat: pickSeat }) : null;
    parts.push(map, list, areas);
    const best = bestForm({ sale, choice, onFound: () => {
      const [first] = choice.seats;
      map.show(first);
      list?.show(first);
    } });
    picker.replaceChildren(best, ...twoWays(map.element, list?.element, filters(map)), ...(areas ? [areas.element] : []));
  }
  openPicker().catch((problem) => showProblem(picker, problem, () => location.reload()));

  function filters(map) {
    const chips = sale.price_levels.map((level) => {
      const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--swatch", level.color);
      const chip = h("button", { type: "button", class: "chip", "aria-pressed": "false", onclick: () => {
        const on = chip.getAttribute("aria-pressed") !== "true";
        for (const other of chips) other.setAttribute("aria-pressed", String(on && other === chip));
        map.pickOut(on ? level.index : null);
      } }, swatch, level.name, h("span", { class: "muted num" }, money(level.price)));
      return chip;
    });
    return h("div", { class: "chips", role: "group", "aria-label": t("map.filter") }, chips);
  }

  let orderKey = freshKey(); // one order however often it is tried, until the server has decided
  pay.addEventListener("click", () => {
    if (pay.hasAttribute("aria-disabled")) return;
    whileBusy(pay, async () => {
      try {
        const order = await patiently(() => call("POST", `${app.path}/orders`, {}, { key: orderKey }),
          (problem) => showProblem(notice, problem));
        if (!goToPayment(order)) await app.refreshPlace();
      } catch (problem) {
        if (!problem.passing) orderKey = freshKey();
        showProblem(notice, problem);
        await app.refreshPlace().catch(() => null);
      }
    }).then(showChoice);
  });
  giveUp.addEventListener("click", async () => {
    if (await ask("leave_line")) whileBusy(giveUp, () => app.leaveLine().catch(app.fail));
  });

  showChoice();
  return {
    element,
    update() {
      if (!choice.hold) clock.set(app.place.deadline_ms);
      if (app.status.stage === "paused" && !notice.hasChildNodes()) showMessage(notice, t("choose.paused"));
    },
    leave() {
      clock.stop();
      for (const part of parts) part?.leave();
    },
  };
}

/** Switches between map and list; the filter belongs to the map. The way is remembered. */
function twoWays(map, list, filter) {
  if (!list) return [map];
  const ways = { map, list };
  const buttons = Object.keys(ways).map((name) => h("button", { type: "button", onclick: () => show(name) }, t(`choose.by_${name}`)));
  function show(name) {
    Object.keys(ways).forEach((one, index) => {
      ways[one].hidden = one !== name;
      buttons[index].setAttribute("aria-pressed", String(one === name));
    });
    filter.hidden = name !== "map";
    try { localStorage.setItem("way", name); } catch { /* asked anew next time */ }
  }
  let kept = null;
  try { kept = localStorage.getItem("way"); } catch { /* no storage */ }
  show(kept === "list" ? "list" : "map");
  return [h("div", { class: "picker-bar" },
    h("div", { class: "ways", role: "group", "aria-label": t("choose.way") }, buttons), filter), map, list];
}
