// Before the line: countdown to the opening, prices, account, and the button that joins.

import { accountForm } from "../account_form.js";
import { asClock, countDown, now as serverNow } from "../clock.js";
import { announce, h, setText, whileBusy } from "../dom.js";
import { dateTime, duration, money, onReadersClock, t } from "../i18n.js";
import { showMessage } from "../notice.js";
import { join as joinLine } from "./join_proof.js";

export function lobbyView(app) {
  const { sale } = app;
  const title = h("h2");
  const lead = h("p", { class: "lead" });
  const countdown = h("p", { class: "countdown num", role: "timer" });
  const opensAt = h("p", { class: "muted" });
  const busy = h("div");
  const join = h("button", { type: "button", class: "button primary join", "aria-describedby": "join-hint" }, t("lobby.join"));
  const hint = h("p", { id: "join-hint", class: "muted fine" });
  const draw = h("p", { class: "muted" });
  const check = h("p", { class: "muted fine num" });
  const account = h("div");
  const element = h("div", { class: "columns" },
    h("section", { class: "panel lobby" }, title, lead, countdown, opensAt, busy, join, hint, draw, check, rules(sale)),
    h("div", { class: "stack" }, account, prices(sale)));

  let open = false;
  let counting = null;
  let stop = () => {};
  const leaving = new AbortController();

  join.addEventListener("click", () => {
    const drawing = app.status.draw && serverNow() >= app.status.draw.gathers_from_ms;
    if (!(open || drawing) || !app.account) return;
    whileBusy(join, async () => {
      app.fail(null);
      try {
        const { place } = await joinLine(`${app.path}/line`, busy, () => showMessage(busy, t("lobby.busy")), leaving.signal);
        app.setPlace(place);
      } catch (problem) {
        if (leaving.signal.aborted) return;
        if (problem.code === "sale_not_open" && problem.body.opens_at_ms) count(problem.body.opens_at_ms);
        else app.fail(problem);
      } finally {
        busy.replaceChildren();
      }
    }).then(showState);
  });

  function count(opensAtMs) {
    if (counting === opensAtMs && !open) return;
    counting = opensAtMs;
    stop();
    stop = countDown(opensAtMs, (left) => {
      const days = Math.floor(left / 86_400_000);
      setText(countdown, days > 0 ? t("board.days", { count: days }) : asClock(left));
      const opened = left <= 0;
      if (opened && !open) announce(t("lobby.open_said"));
      open = opened;
      showState();
    });
  }

  /** In a draw one may come before the opening, and where one comes does not matter. */
  function showDraw(rules) {
    const inside = app.place?.stage === "in_lobby";
    const gathering = serverNow() >= rules.gathers_from_ms;
    setText(title, t(inside ? "draw.joined" : gathering ? "draw.title" : "draw.title_later"));
    setText(lead, inside ? t("draw.joined_text") : gathering ? "" : t("draw.lead_later"));
    setText(join, t("draw.join"));
    join.hidden = inside;
    setText(hint, !app.account ? t("lobby.hint_account") : t("draw.people", { count: rules.people }));
    if (join.hasAttribute("aria-busy")) return;
    if (gathering && app.account) join.removeAttribute("aria-disabled");
    else join.setAttribute("aria-disabled", "true");
  }

  function showState() {
    const rules = app.status.draw;
    setText(draw, rules ? t("draw.promise") : "");
    setText(check, rules ? t("draw.check", { commitment: rules.commitment }) : "");
    join.hidden = false;
    if (rules && !open) return showDraw(rules);
    const back = ["left", "absent", "timed_out"].includes(app.place?.stage) ? app.place.stage : null;
    const paused = app.status.stage === "paused";
    setText(title, t(open ? "lobby.title_open" : "lobby.title_scheduled"));
    setText(lead, t(back ? `lobby.${back}` : paused ? "lobby.paused" : open ? "lobby.lead_open" : "lobby.lead_scheduled"));
    countdown.hidden = open;
    setText(hint, t(!app.account ? "lobby.hint_account" : open ? "lobby.hint_open" : "lobby.hint_wait"));
    setText(join, t(back ? "lobby.join_again" : "lobby.join"));
    if (join.hasAttribute("aria-busy")) return;
    if (open && app.account) join.removeAttribute("aria-disabled");
    else join.setAttribute("aria-disabled", "true");
  }

  function leave() {
    stop();
    leaving.abort();
  }

  function update() {
    const { opens_at_ms: opensAtMs, stage } = app.status;
    const zone = sale.performance.time_zone;
    const mine = onReadersClock(opensAtMs, zone);
    setText(opensAt, t(open ? "lobby.opened_at" : "board.opens_at", { time: dateTime(opensAtMs, zone) })
      + (mine ? ` (${t("time.yours", { time: mine })})` : ""));
    if (stage === "scheduled") count(opensAtMs);
    else open = true;
    if (app.account) account.replaceChildren();
    else if (!account.hasChildNodes()) account.append(accountForm(app.signedIn, { level: "h3" }));
    showState();
  }

  return { element, update, leave };
}

function rules(sale) {
  return h("ul", { class: "rules" },
    h("li", {}, t("rules.order")),
    h("li", {}, t("rules.times", { select: duration(sale.select_seconds), pay: duration(sale.pay_seconds) })),
    h("li", {}, t("rules.limit", { count: sale.tickets_per_buyer_max })));
}

function prices(sale) {
  return h("section", { class: "panel", "aria-labelledby": "prices-title" },
    h("h3", { id: "prices-title" }, t("prices.title")),
    h("ul", { class: "prices" }, sale.price_levels.map((level) => {
      const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--swatch", level.color);
      return h("li", {}, swatch, h("span", {}, level.name), h("span", { class: "num" }, money(level.price)));
    })));
}
