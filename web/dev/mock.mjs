// Serves the pages with an invented API, to look at them without the platform: node web/dev/mock.mjs [port]
// POST /dev/set {"sale","place"?,"paused"?,"fail"?,"order"?,"socket"?} puts the mock into a state.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { MockSale } from "./sale.mjs";
import { accept } from "./websocket.mjs";

const WEB = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml" };
const CSP = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:";
const TICK_MS = 250;

const sales = new Map([
  { id: "sale_1", name: "Sternennacht: Das Festspielorchester", venue: "Großes Festspielhaus", zone: "Europe/Vienna", currency: "EUR", opensInMs: 12_000 },
  { id: "sale_2", name: "Aurora World Tour in Seoul", venue: "잠실실내체육관", zone: "Asia/Seoul", currency: "KRW", opensInMs: 3_725_000 },
  { id: "sale_3", name: "Winter Jazz Night", venue: "Kulturpalast", zone: "Europe/Berlin", currency: "EUR", opensInMs: -600_000 },
  { id: "sale_4", name: "The Lighthouse Sessions", venue: "Harbour Hall", zone: "Europe/London", currency: "EUR", opensInMs: -1_000, speed: 0.25 },
].map((options) => [options.id, new MockSale(options)]));
sales.get("sale_3").sellOut();
const account = { id: "acct_1", email: "mina@example.org", name: "Mina Kim", role: "fan", organiser: null };
const sockets = new Set();
let socketsAllowed = true;

const problem = (status, code, detail, extra = {}) => ({ status, body: { type: `/docs/errors/${code}`, title: "Problem", status, code, detail, ...extra } });
const ok = (body, status = 200, headers = {}) => ({ status, body, headers });
const signedIn = (request) => /session=ok/.test(request.headers.cookie ?? "");

const ticketOf = (sale, item, n) => ({ id: `${sale.id}-${n}`, sale: sale.id, order: "ord_1", event: sale.facts.event.name, starts_at: sale.facts.performance.starts_at,
  time_zone: sale.facts.performance.time_zone, venue: sale.facts.venue.name, section: item.section ?? null, row: item.row ?? null, number: item.number ?? null,
  area: item.name ?? null, code: "…", stage: ["valid", "valid", "valid", "used", "void"][n % 5], qr: `/v1/tickets/${sale.id}-${n}/qr.svg` });

function tickets() {
  const [one, two] = [sales.get("sale_4"), sales.get("sale_2")];
  return [ticketOf(one, one.item(40), 0), ticketOf(one, one.item(41), 1), ticketOf(two, two.item(900), 2), ticketOf(two, { name: "Arena" }, 3)];
}

function orderNow(sale) {
  return { sale: sale.id, tickets: [], created_at_ms: Date.now(), payment_url: null, deadline_ms: null, ...sale.order, server_time_ms: Date.now() };
}

function qr() {
  let cells = "";
  for (let y = 0; y < 29; y += 1) for (let x = 0; x < 29; x += 1) if ((x * 7 + y * 13 + ((x * y) % 5)) % 3 === 0) cells += `M${x} ${y}h1v1h-1z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><path d="${cells}"/></svg>`;
}

function ofSale(sale, rest, method, body, request, since) {
  if (method === "GET" && rest === "") return ok(sale.facts);
  if (method === "GET" && rest === "plan") return ok(sale.plan);
  if (method === "GET" && rest === "status") return ok(sale.status());
  if (method === "GET" && rest === "seats") return ok(since === null ? sale.seats() : sale.changes(Number(since)));
  if (!signedIn(request)) return problem(401, "not_signed_in", "You are not signed in.");
  if (rest === "line" && method === "POST") {
    if (sale.stage === "scheduled") return problem(409, "sale_not_open", "The sale is not open yet.", { opens_at_ms: sale.opensAt });
    if (!sale.place || ["left", "absent", "timed_out"].includes(sale.place.stage)) sale.place = { number: ++sale.line.last, stage: "waiting", ahead: 412 };
    return ok({ place: sale.placeNow() }, 201);
  }
  if (!sale.place) return problem(404, "not_in_line", "You are not in this line.");
  if (rest === "line/me" && method === "DELETE") { sale.release(); sale.place.stage = "left"; return ok(null, 204); }
  if (rest === "line/me") return ok({ place: sale.placeNow() });
  if (rest === "line/me/enter") { Object.assign(sale.place, { stage: "selecting", deadline_ms: Date.now() + 600_000 }); return ok({ place: sale.placeNow() }); }
  if (rest === "hold" && method === "DELETE") { sale.release(); return ok(null, 204); }
  if (rest === "hold") {
    const hold = sale.hold(body);
    if (typeof hold !== "string") return ok(hold);
    const text = { seat_taken: "This seat was just taken.", no_adjacent_seats: "There are no adjacent seats left at this price." }[hold] ?? hold;
    return problem(409, hold, text, { seats_taken: body.seats ?? [] });
  }
  if (rest === "orders") {
    const { hold } = sale.place;
    sale.order = { id: `ord_${sale.id}`, stage: "paying", items: hold.items, total: hold.total, payment_url: `/dev/pay/${sale.id}`, deadline_ms: Date.now() + 420_000 };
    Object.assign(sale.place, { stage: "paying", order: sale.order.id, deadline_ms: sale.order.deadline_ms });
    return ok(orderNow(sale), 201);
  }
  return problem(404, "route_unknown", "There is nothing here.");
}

function answer(request, url, body) {
  const { method } = request;
  const path = url.pathname;
  if (path === "/dev/set") return set(body);
  if (path.startsWith("/dev/pay/")) {
    const sale = sales.get(path.split("/")[3]);
    Object.assign(sale.order, { stage: "paid", payment_url: null, deadline_ms: null, tickets: ["sale_4-0", "sale_4-1"] });
    Object.assign(sale.place, { stage: "done", hold: null, deadline_ms: null });
    return ok(null, 303, { Location: `/orders/${sale.order.id}` });
  }
  if (path === "/v1/accounts" || (path === "/v1/session" && method === "POST")) {
    if (body.password === "wrong-password") return problem(401, "credentials_wrong", "The email or the password is wrong.");
    return ok(account, 201, { "Set-Cookie": "session=ok; Path=/; HttpOnly" });
  }
  if (path === "/v1/session") return ok(null, 204, { "Set-Cookie": "session=; Path=/; Max-Age=0" });
  if (path === "/v1/me") return signedIn(request) ? ok(account) : problem(401, "not_signed_in", "You are not signed in.");
  if (path === "/v1/events") {
    return ok({ events: [...sales.values()].map(({ facts }) => ({ ...facts.event, organiser: { id: "org_1", name: "Mock" }, performances: [{ ...facts.performance, venue: facts.venue, sale: facts.id }] })), next: null });
  }
  if (path === "/v1/tickets") return ok({ tickets: tickets(), next: null });
  if (path.endsWith("/qr.svg")) return { status: 200, text: qr(), type: "image/svg+xml" };
  if (path.startsWith("/v1/tickets/")) return ok(tickets().find((ticket) => path.endsWith(ticket.id)) ?? tickets()[0]);
  if (path.startsWith("/v1/orders/")) {
    const sale = [...sales.values()].find((one) => one.order?.id === path.split("/")[3]);
    if (!sale) return problem(404, "order_unknown", "There is no such order.");
    if (method === "DELETE") { sale.order.stage = "cancelled"; sale.place.stage = "left"; sale.release(); }
    return ok(orderNow(sale));
  }
  const [, , , id, ...rest] = path.split("/");
  if (path.startsWith("/v1/sales/") && sales.has(id)) return ofSale(sales.get(id), rest.join("/"), method, body, request, url.searchParams.get("since"));
  return problem(404, "sale_unknown", "There is no such sale.");
}

function set({ sale: id, place, paused, fail, order, socket }) {
  const sale = sales.get(id);
  if (place !== undefined) sale.place = place && { number: 4312, ahead: 0, ...place };
  if (paused !== undefined) sale.paused = paused;
  if (fail !== undefined) sale.fail = fail;
  if (order !== undefined) sale.order = { id: `ord_${id}`, items: [sale.item(40), sale.item(41)], total: { amount: 19800, currency: "EUR" }, ...order };
  if (socket !== undefined) {
    socketsAllowed = socket;
    if (!socket) for (const { connection } of sockets) connection.close();
  }
  tell();
  return ok({});
}

async function file(path) {
  const page = path === "/" ? "index.html" : path === "/tickets" ? "tickets.html" : path.startsWith("/sales/") ? "sale.html" : path.startsWith("/orders/") ? "order.html" : null;
  const name = page ?? (path.startsWith("/assets/") ? normalize(path.slice(8)) : null);
  if (!name || name.startsWith("..")) return null;
  return { status: 200, text: await readFile(join(WEB, name)), type: TYPES[extname(name)] ?? "application/octet-stream" };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let result;
  try {
    result = url.pathname.startsWith("/v1/") || url.pathname.startsWith("/dev/")
      ? answer(request, url, chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : {})
      : await file(url.pathname);
  } catch (error) {
    console.error(request.method, request.url, error.message);
    result = problem(500, "internal", "Something went wrong.");
  }
  result ??= problem(404, "not_found", "There is nothing here.");
  const type = result.type ?? (result.status >= 400 ? "application/problem+json" : "application/json");
  response.writeHead(result.status, { "Content-Type": type, "Content-Security-Policy": CSP, "Cache-Control": "no-cache", ...result.headers });
  response.end(result.text ?? (result.body === null ? undefined : JSON.stringify(result.body)));
});

server.on("upgrade", (request, socket) => {
  const url = new URL(request.url, "http://localhost");
  const sale = sales.get(url.searchParams.get("sale"));
  if (!sale || !socketsAllowed) return socket.destroy();
  const state = { sale, seats: url.searchParams.has("seats"), signedIn: signedIn(request) };
  state.connection = accept(request, socket, (message) => {
    if (message.type === "ping") state.connection.send({ type: "pong", server_time_ms: Date.now() });
    if (message.type === "seats") {
      state.seats = message.on;
      if (message.on) state.connection.send({ type: "seats", ...sale.seats() });
    }
  }, () => sockets.delete(state));
  sockets.add(state);
  state.connection.send({ type: "hello", ...sale.status() });
  if (state.seats) state.connection.send({ type: "seats", ...sale.seats() });
  return undefined;
});

function tell() {
  for (const { sale, signedIn: known, connection } of sockets) {
    connection.send({ type: "status", ...sale.status() });
    if (known && sale.place) connection.send({ type: "place", place: sale.placeNow() });
    if (known && sale.order) connection.send({ type: "order", order: orderNow(sale) });
  }
}

let ticks = 0;
setInterval(() => {
  for (const sale of sales.values()) {
    const from = sale.version;
    const changes = sale.tick();
    if (changes.length === 0) continue;
    for (const one of sockets) {
      if (one.sale === sale && one.seats) one.connection.send({ type: "seat_changes", from, version: sale.version, changes, areas: [sale.area] });
    }
  }
  ticks += 1;
  if (ticks % 2 === 0) tell();
}, TICK_MS);

const port = Number(process.argv[2] ?? 8099);
server.listen(port, () => console.log(`http://localhost:${port}/`));
