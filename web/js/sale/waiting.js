// In line: the number, how many are ahead, what is left; quiet for screen readers except when it matters.

import { ask } from "../ask.js";
import { announce, h, setText, whileBusy } from "../dom.js";
import { number, t } from "../i18n.js";
import { stockBar } from "../board/levels.js";

const SAID_EVERY_MS = 30_000;

export function waitingView(app) {
  const first = { ahead: Math.max(app.place.ahead, 1) };
  const ahead = h("strong", { class: "giant num" });
  const aheadLabel = h("span", { class: "giant-label" });
  const estimate = h("p", { class: "muted" });
  const note = h("div");
  const word = h("div", { role: "status" });
  const walk = h("div", { class: "walk", "aria-hidden": "true" }, h("span"));
  const bars = new Map();
  const leave = h("button", { type: "button", class: "button quiet" }, t("waiting.leave"));
  const element = h("div", { class: "columns" },
    h("section", { class: "panel waiting" },
      h("h2", {}, t("waiting.title", { number: number(app.place.number) })),
      h("p", { class: "ahead" }, ahead, " ", aheadLabel), walk, estimate, word, note,
      h("ul", { class: "rules" }, ["keep", "close", "turn"].map((key) => h("li", {}, t(`waiting.${key}`)))), leave),
    h("section", { class: "panel", "aria-labelledby": "left-title" },
      h("h3", { id: "left-title" }, t("levels.title")),
      h("ul", { class: "levels" }, app.sale.price_levels.map((level) => {
        const bar = stockBar();
        const left = h("strong", { class: "num" });
        bars.set(level.index, { bar, left });
        const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
        swatch.style.setProperty("--swatch", level.color);
        return h("li", { class: "level" }, h("p", { class: "level-head" }, swatch, h("span", {}, level.name), left), bar.element);
      }))));

  leave.addEventListener("click", async () => {
    if (await ask("leave_line")) whileBusy(leave, () => app.leaveLine().catch(app.fail));
  });

  // The map is fetched while there is time, so that it is there when the turn comes.
  const prefetch = setTimeout(() => app.loadSeats().catch(() => null), 1_000 + Math.random() * 4_000);

  let said = { at: 0, ahead: Infinity };

  // The server measures how fast people are let in, and says a range that it can stand for.
  function waitText({ wait }) {
    if (!wait) return t("waiting.no_estimate");
    if (wait.seconds_high < 60) return t("waiting.under_minute");
    const [low, high] = [Math.floor(wait.seconds_low / 60), Math.ceil(wait.seconds_high / 60)];
    const range = low < 1 ? t("waiting.at_most", { count: high }) : t("waiting.range", { low: number(low), count: high });
    return `${range} ${t(`waiting.basis_${wait.basis}`, { count: Math.round(wait.per_minute) })}`;
  }

  function update() {
    const { place, status } = app;
    const now = performance.now();
    first.ahead = Math.max(first.ahead, place.ahead);
    setText(ahead, number(place.ahead));
    setText(aheadLabel, t("waiting.ahead", { count: place.ahead }));
    walk.style.setProperty("--walked", 1 - place.ahead / first.ahead);
    setText(estimate, status.stage === "paused" ? t("waiting.paused")
      : place.ahead < 5 ? t("waiting.soon")
        : waitText(place));
    const free = status.stock.reduce((sum, level) => sum + level.free + level.held, 0);
    const hopeless = status.hopeless_from !== undefined && place.ahead >= status.hopeless_from;
    setText(note, hopeless ? t("waiting.hopeless") : free < place.ahead ? t("waiting.doubtful", { count: free }) : "");
    note.className = hopeless || free < place.ahead ? "notice" : "";
    setText(word, status.announcement ? t("waiting.word", { text: status.announcement.text }) : "");
    word.className = status.announcement ? "notice" : "";
    for (const { level, ...stock } of status.stock) {
      const parts = bars.get(level);
      parts?.bar.update(stock);
      setText(parts?.left, stock.free > 0 ? t("levels.left", { count: stock.free }) : t("levels.none"));
    }
    const near = place.ahead <= 5 && place.ahead < said.ahead;
    if (place.ahead !== said.ahead && (now - said.at > SAID_EVERY_MS || near)) {
      announce(`${number(place.ahead)} ${t("waiting.ahead", { count: place.ahead })}`);
      said = { at: now, ahead: place.ahead };
    }
    document.title = `${t("waiting.tab", { count: place.ahead })} · ${app.sale.event.name}`;
  }

  return { element, update, leave: () => clearTimeout(prefetch) };
}
