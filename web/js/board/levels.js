// Seats left per price level, as bars: what is sold, held and free.

import { h, setText } from "../dom.js";
import { money, number, t } from "../i18n.js";

/** Builds one row per price level; the returned function updates them from `stock`. */
export function showLevels(host, levels) {
  const rows = new Map(levels.map((level) => {
    const bar = stockBar();
    const left = h("strong", { class: "num" });
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--swatch", level.color);
    const row = h("li", { class: "level" },
      h("div", { class: "level-head" }, swatch, h("span", { class: "level-name" }, level.name),
        h("span", { class: "muted num" }, money(level.price)), h("span", { class: "level-left" }, left)),
      bar.element);
    host.append(row);
    return [level.index, { row, bar, left }];
  }));
  return (stock) => {
    for (const { level, free, held, sold } of stock) {
      const parts = rows.get(level);
      if (!parts) continue;
      parts.bar.update({ free, held, sold });
      setText(parts.left, free > 0 ? t("levels.left", { count: free }) : t("levels.none"));
      parts.row.classList.toggle("gone", free === 0);
    }
  };
}

/** A bar of three parts that tells its numbers to a screen reader. */
export function stockBar() {
  const parts = ["sold", "held"].map((name) => h("span", { class: `part ${name}` }));
  const element = h("div", { class: "bar", role: "img" }, parts);
  return {
    element,
    update({ free, held, sold }) {
      const all = Math.max(free + held + sold, 1);
      [sold, held].forEach((count, index) => parts[index].style.setProperty("--share", `${(count / all) * 100}%`));
      element.setAttribute("aria-label", t("bar.label", { free: number(free), held: number(held), sold: number(sold) }));
    },
  };
}
