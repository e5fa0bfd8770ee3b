// The small forms beside the map: best available, and how many in each standing area.

import { h, setText, whileBusy } from "../dom.js";
import { money, number, t } from "../i18n.js";

/** Lets the server find seats: how many, at which price, together or not. */
export function bestForm({ sale, choice, onFound }) {
  const counts = Array.from({ length: sale.tickets_per_buyer_max }, (_, index) => index + 1);
  const count = h("select", { id: "best-count" }, counts.map((n) => h("option", { value: n }, number(n))));
  count.value = Math.min(2, counts.length);
  const level = h("select", { id: "best-level" }, h("option", { value: "" }, t("best.any")),
    sale.price_levels.map((one) => h("option", { value: one.index }, `${one.name} · ${money(one.price)}`)));
  const adjacent = h("input", { type: "checkbox", id: "best-adjacent", checked: true });
  const find = h("button", { class: "button strong" }, t("best.find"));
  const form = h("form", { class: "best", "aria-labelledby": "best-title" },
    h("h3", { id: "best-title" }, t("best.title")),
    h("div", { class: "field" }, h("label", { for: "best-count" }, t("best.count")), count),
    h("div", { class: "field" }, h("label", { for: "best-level" }, t("best.level")), level),
    h("div", { class: "check" }, adjacent, h("label", { for: "best-adjacent" }, t("best.adjacent"))),
    find);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(find, async () => {
      await choice.best({
        count: Number(count.value), level: level.value === "" ? null : Number(level.value), adjacent: adjacent.checked,
      });
      onFound();
    });
  });
  return form;
}

/** One stepper per standing area; null if the plan has none. */
export function areaSteppers({ plan, sale, seats, choice }) {
  if (plan.areas.length === 0) return null;
  const prices = new Map(sale.price_levels.map((level) => [level.index, level]));
  const rows = plan.areas.map((area, index) => {
    const taken = h("output", { class: "num", "aria-live": "polite" }, "0");
    const left = h("span", { class: "muted fine num" });
    const step = (by, text, label) => h("button", { type: "button", "aria-label": label,
      onclick: () => choice.setArea(index, Math.max((choice.areas.get(index) ?? 0) + by, 0)) }, text);
    const less = step(-1, "−", t("areas.less", { name: area.name }));
    const more = step(1, "+", t("areas.more", { name: area.name }));
    const price = prices.get(area.level);
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--swatch", price?.color);
    const row = h("li", {}, swatch, h("span", { class: "area-name" }, h("strong", {}, area.name), h("br"), left),
      h("span", { class: "num" }, price ? money(price.price) : ""), h("span", { class: "stepper" }, less, taken, more));
    return { row, taken, left, less, more };
  });
  const update = () => rows.forEach(({ taken, left, less, more }, index) => {
    const mine = choice.areas.get(index) ?? 0;
    const free = seats.areas[index]?.free ?? 0;
    setText(taken, String(mine));
    setText(left, free > 0 ? t("levels.left", { count: free }) : t("levels.none"));
    less.setAttribute("aria-disabled", String(mine === 0));
    more.setAttribute("aria-disabled", String(free === 0 || choice.count >= choice.max));
  });
  seats.addEventListener("change", update);
  choice.addEventListener("change", update);
  update();
  return {
    element: h("section", { class: "areas", "aria-labelledby": "areas-title" },
      h("h3", { id: "areas-title" }, t("areas.title")), h("ul", {}, rows.map(({ row }) => row))),
    focus: (area) => rows[area].more.focus(),
    leave() {
      seats.removeEventListener("change", update);
      choice.removeEventListener("change", update);
    },
  };
}
