// The fan's page of one sale: which view is shown follows from the sale's stage and the fan's place in line.

import { call, get, patiently } from "../api.js";
import { byId, focusOn, h, setText } from "../dom.js";
import { dateTime, onReadersClock, t } from "../i18n.js";
import { Live } from "../live.js";
import { Seats } from "../map/seats.js";
import { showProblem } from "../notice.js";
import { open, openAccount, showAccount, showLink } from "../shell.js";
import { lobbyView } from "./lobby.js";
import { payView } from "./pay.js";
import { doneView, endedView, turnView } from "./short_views.js";
import { waitingView } from "./waiting.js";

const VIEWS = {
  lobby: lobbyView, waiting: waitingView, turn: turnView, choose: chooseLater, pay: payView, done: doneView, ended: endedView,
};
const BY_PLACE = { waiting: "waiting", admitted: "turn", selecting: "choose", paying: "pay", done: "done" };

const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const path = `/v1/sales/${encodeURIComponent(id)}`;
let shown = null; // { name, view }

/** What the views share. They change it through `setPlace`, `signedIn` and `fail` alone. */
const app = {
  id, path, sale: null, status: null, account: null, place: null, live: null, seats: null, plan: null,
  setPlace(place) {
    // Answers and socket messages cross each other: the one the server wrote last counts.
    if (place && app.place && place.server_time_ms < app.place.server_time_ms) return;
    app.place = place;
    render();
  },
  async signedIn(account) {
    app.account = account;
    app.live.place = true;
    showAccount(account);
    await findPlace();
    app.live.reconnect();
    render();
  },
  fail(problem, again) {
    if (problem?.status === 401) app.account = null;
    showProblem(byId("problem"), problem, again);
    if (problem) byId("problem").scrollIntoView({ block: "nearest" });
    if (problem?.status === 401 && shown) render();
  },
  /** Leaves the line for good; the views ask first. */
  async leaveLine() {
    await patiently(() => call("DELETE", `${path}/line/me`));
    await app.refreshPlace();
  },
  async refreshPlace() {
    await findPlace();
    render();
  },
  /** Loads the plan and the seats, once; views that need them wait for it. */
  loadSeats() {
    app.seatsLoading ??= patiently(() => get(`${path}/plan`)).then(async (plan) => {
      app.plan = plan;
      app.seats = new Seats({ sale: id, count: plan.seats.length, live: app.live });
      app.live.wantSeats(true);
      await Promise.all([patiently(() => app.seats.refresh()), import("./choose.js")]);
    }).catch((problem) => {
      app.seatsLoading = null;
      throw problem;
    });
    return app.seatsLoading;
  },
};

await open();
run().catch((problem) => {
  if (!shown) byId("stage").replaceChildren();
  app.fail(problem, () => location.reload());
});

async function run() {
  const [sale, status, account] = await patiently(() => Promise.all([get(path), get(`${path}/status`), openAccount()]));
  Object.assign(app, { sale, status, account });
  showFacts(sale);
  if (account) await findPlace();
  app.live = new Live({ sale: id, place: account !== null });
  app.live.addEventListener("link", ({ detail }) => showLink(detail));
  app.live.addEventListener("status", ({ detail }) => { app.status = detail; countOn(); render(); });
  app.live.addEventListener("place", ({ detail }) => app.setPlace(detail.place));
  app.live.addEventListener("bye", ({ detail }) => detail.reason === "signed_out" && location.reload());
  addEventListener("pageshow", (event) => event.persisted && app.refreshPlace());
  app.live.start();
  render();
}

/** Far from the front the own place is told seldom; how far the line has come is told to everybody. */
function countOn() {
  if (app.place?.stage !== "waiting" || app.place.number === 0) return;
  const most = app.place.number - app.status.line.admitted_through - 1;
  if (most >= 0 && most < app.place.ahead) app.place = { ...app.place, ahead: most };
}

async function findPlace() {
  try {
    app.place = (await patiently(() => get(`${path}/line/me`))).place;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    app.place = null;
  }
}

function showFacts(sale) {
  setText(byId("event"), sale.event.name);
  const { starts_at: startsAt, time_zone: zone } = sale.performance;
  setText(byId("where"), sale.venue.name);
  setText(byId("when"), dateTime(startsAt, zone));
  const mine = onReadersClock(startsAt, zone);
  setText(byId("when-mine"), mine ? t("time.yours", { time: mine }) : "");
  byId("board-link").href = `/?sale=${encodeURIComponent(id)}`;
}

/** The map and all that belongs to it are loaded only by those who get that far. */
function chooseLater() {
  const element = h("div", { class: "skeleton" });
  let view = null;
  let gone = false;
  import("./choose.js").then(({ chooseView }) => {
    if (gone) return;
    view = chooseView(app);
    element.replaceWith(view.element);
    focusOn(view.element.querySelector("h2"));
    view.update();
  }).catch(() => location.reload());
  return {
    element,
    update: () => view?.update(),
    leave() {
      gone = true;
      view?.leave();
    },
  };
}

function viewName() {
  const { stage } = app.status;
  const mine = app.account ? BY_PLACE[app.place?.stage] : null;
  const over = stage === "sold_out" || stage === "closed";
  if (mine && !(over && mine === "waiting")) return mine;
  return over ? "ended" : "lobby";
}

function render() {
  const name = viewName();
  if (shown?.name !== name) {
    const first = shown === null;
    shown?.view.leave?.();
    if (!first) showProblem(byId("problem"), null);
    const view = VIEWS[name](app);
    shown = { name, view };
    byId("stage").replaceChildren(view.element);
    const heading = view.element.querySelector("h2");
    document.title = `${t(`title.${name}`)} · ${app.sale.event.name}`;
    if (!first) {
      focusOn(heading);
      scrollTo({ top: 0 });
    }
  }
  shown.view.update?.();
}
