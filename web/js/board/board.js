// The live board of one sale: `?sale=`, or the first event that has one.

import { get, patiently } from "../api.js";
import { asClock, countDown, now } from "../clock.js";
import { announce, byId, h, setText } from "../dom.js";
import { dateTime, money, number, onReadersClock, percent, t } from "../i18n.js";
import { Live } from "../live.js";
import { Seats } from "../map/seats.js";
import { showProblem } from "../notice.js";
import { open, showLink } from "../shell.js";
import { showHall } from "./hall.js";
import { showLevels, stockBar } from "./levels.js";
import { Timeline } from "./timeline.js";

const EVENTS_PATIENCE_MS = 4_000;

await open();
run().catch((problem) => showProblem(byId("problem"), problem, () => location.reload()));

async function run() {
  const id = await findSale();
  const [sale, plan] = await patiently(() => Promise.all([get(`/v1/sales/${id}`), get(`/v1/sales/${id}/plan`)]));
  showFacts(sale);
  const live = new Live({ sale: id, seats: true });
  const seats = new Seats({ sale: id, count: plan.seats.length, live });
  showHall(byId("hall"), plan, seats);
  live.addEventListener("link", ({ detail }) => showLink(detail));
  live.addEventListener("status", ({ detail }) => showStatus(detail));
  const showStatus = statusOf(sale);
  showStatus(await get(`/v1/sales/${id}/status`));
  live.start();
  await seats.refresh();
}

/** Waits for the first sale when there is none yet: the demo makes one while this page is open. */
async function findSale() {
  const asked = new URLSearchParams(location.search).get("sale");
  if (asked) return encodeURIComponent(asked);
  for (;;) {
    const { events } = await patiently(() => get("/v1/events?limit=20"));
    const performances = events.flatMap((event) => event.performances.map((one) => ({ ...one, event })));
    const onSale = performances.filter(({ sale }) => sale);
    if (onSale.length > 0) {
      showOthers(onSale);
      return encodeURIComponent(onSale[0].sale);
    }
    byId("empty").hidden = false;
    await new Promise((resolve) => setTimeout(resolve, EVENTS_PATIENCE_MS));
  }
}

function showOthers(onSale) {
  if (onSale.length < 2) return;
  byId("others").hidden = false;
  byId("others-list").replaceChildren(...onSale.map(({ sale, event, starts_at: startsAt, time_zone: zone }) =>
    h("li", {}, h("a", { href: `/?sale=${encodeURIComponent(sale)}` }, event.name),
      h("span", { class: "muted" }, dateTime(startsAt, zone)))));
}

function showFacts(sale) {
  byId("empty").hidden = true;
  byId("board").hidden = false;
  document.title = `${sale.event.name} · ${t("board.title")}`;
  setText(byId("event"), sale.event.name);
  const { starts_at: startsAt, time_zone: zone } = sale.performance;
  setText(byId("where"), sale.venue.name);
  setText(byId("when"), dateTime(startsAt, zone));
  const mine = onReadersClock(startsAt, zone);
  if (mine) setText(byId("when-mine"), t("time.yours", { time: mine }));
  byId("buy").href = `/sales/${sale.id}`;
  setText(byId("opens-at"), t("board.opens_at", { time: dateTime(sale.opens_at_ms, zone) }));
}

/** Returns the function that puts a status on the board. */
function statusOf(sale) {
  const all = stockBar();
  all.element.classList.add("tall");
  byId("fill").prepend(all.element);
  const updateLevels = showLevels(byId("levels"), sale.price_levels);
  const timeline = new Timeline(byId("chart"), { sale: sale.id, capacity: sale.capacity });
  let stage = null;
  let stopCountdown = () => {};

  const countToOpening = (opensAtMs) => {
    stopCountdown();
    stopCountdown = countDown(opensAtMs, (left) => {
      const days = Math.floor(left / 86_400_000);
      setText(byId("countdown"), days > 0 ? t("board.days", { count: days }) : asClock(left));
    });
  };

  const enter = (next, status) => {
    byId("board").dataset.stage = next;
    setText(byId("stage"), t(`stage.${next}`));
    byId("countdown-box").hidden = next !== "scheduled";
    byId("figure-box").hidden = next === "scheduled";
    byId("stamp").hidden = next !== "sold_out";
    byId("buy").hidden = next === "sold_out" || next === "closed";
    if (next === "scheduled") countToOpening(status.opens_at_ms);
    else stopCountdown();
    if (stage !== null) announce(t(`stage.${next}.said`, { event: sale.event.name }));
    // The time it took is known only to a page that saw it happen.
    if (next === "sold_out" && stage === "open") {
      setText(byId("sold-out-after"), t("board.sold_out_after", { time: asClock(now() - status.opens_at_ms) }));
    }
    stage = next;
  };

  return (status) => {
    if (status.stage !== stage) enter(status.stage, status);
    const sum = (name) => status.stock.reduce((total, level) => total + level[name], 0);
    const [free, held, sold] = [sum("free"), sum("held"), sum("sold")];
    all.update({ free, held, sold });
    const buyable = Math.max(free + held + sold, 1);
    setText(byId("sold"), number(sold));
    setText(byId("capacity"), t("board.of", { count: buyable }));
    setText(byId("share"), percent(sold / buyable));
    setText(byId("free"), number(free));
    setText(byId("held"), number(held));
    updateLevels(status.stock);
    const { line } = status;
    setText(byId("waiting"), number(line.waiting));
    setText(byId("admitted"), number(line.admitted_total));
    setText(byId("active"), number(line.active));
    setText(byId("taken"), money(status.taken, true));
    setText(byId("orders"), number(status.orders_paid));
    setText(byId("refunded"), money(status.refunded, true));
    if (status.stage !== "scheduled") timeline.add(status.server_time_ms ?? now(), sold, held);
    byId("time").hidden = (stage === "sold_out" || stage === "closed") && !timeline.moved;
    setText(byId("pace"), stage === "open" ? t("timeline.pace", { count: timeline.pace }) : "");
    setText(byId("peak"), timeline.peak > 0 ? t("timeline.peak", { count: timeline.peak }) : "");
  };
}
