// In line: the number, how many are ahead, what is left; quiet for screen readers except when it matters.

import { ask } from "../ask.js";
import { announce, h, setText, whileBusy } from "../dom.js";
import { number, t } from "../i18n.js";
import { stockBar } from "../board/levels.js";

const PACE_WINDOW_MS = 60_000;
const PACE_KNOWN_MS = 8_000;
const PACE_SURE_MS = 30_000;
const SAID_EVERY_MS = 30_000;

export function waitingView(app) {
  const first = { ahead: Math.max(app.place.ahead, 1) };
  const ahead = h("strong", { class: "giant num" });
  const aheadLabel = h("span", { class: "giant-label" });
  const estimate = h("p", { class: "muted" });
  const note = h("div");
  const walk = h("div", { class: "walk", "aria-hidden": "true" }, h("span"));
  const bars = new Map();
  const leave = h("button", { type: "button", class: "button quiet" }, t("waiting.leave"));
  const element = h("div", { class: "columns" },
    h("section", { class: "panel waiting" },
      h("h2", {}, t("waiting.title", { number: number(app.place.number) })),
      h("p", { class: "ahead" }, ahead, " ", aheadLabel), walk, estimate, note,
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

  const trail = [];
  let said = { at: 0, ahead: Infinity };

  function pace(now, place) {
    if (trail.at(-1)?.ahead !== place.ahead) trail.push({ at: now, ahead: place.ahead });
    while (trail.length > 2 && now - trail[0].at > PACE_WINDOW_MS) trail.shift();
    const passed = now - trail[0].at;
    const moved = trail[0].ahead - place.ahead;
    // The line stands still until the first who were let in have paid: from few steps no pace can be told.
    const enough = passed < PACE_SURE_MS ? Math.max(place.ahead / 50, 5) : 5;
    if (passed < PACE_KNOWN_MS || moved < enough || place.ahead < 5) return null;
    return ((place.ahead / moved) * passed) / 60_000;
  }

  function update() {
    const { place, status } = app;
    const now = performance.now();
    first.ahead = Math.max(first.ahead, place.ahead);
    setText(ahead, number(place.ahead));
    setText(aheadLabel, t("waiting.ahead", { count: place.ahead }));
    walk.style.setProperty("--walked", 1 - place.ahead / first.ahead);
    const minutes = pace(now, place);
    setText(estimate, status.stage === "paused" ? t("waiting.paused")
      : place.ahead < 5 ? t("waiting.soon")
        : minutes === null ? t("waiting.no_estimate")
          : minutes < 1 ? t("waiting.under_minute") : t("waiting.minutes", { count: Math.ceil(minutes) }));
    const free = status.stock.reduce((sum, level) => sum + level.free + level.held, 0);
    setText(note, free < place.ahead ? t("waiting.doubtful", { count: free }) : "");
    note.className = free < place.ahead ? "notice" : "";
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
