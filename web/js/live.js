// Live state of one sale: the WebSocket while it lasts, polling of the same facts while it does not.

import { get } from "./api.js";
import * as clock from "./clock.js";

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 20_000;
const PING_MS = 15_000;
const SILENCE_MS = 40_000;
const POLL_MS = 3_000;

/**
 * Events (CustomEvent, `detail` is the message): `status`, `place`, `seats`, `seat_changes`, `order`, `bye`,
 * and `link` with `live`, `reconnecting` or `polling`.
 */
export class Live extends EventTarget {
  #sale;
  #seats;
  #socket = null;
  #failures = 0;
  #timers = {};
  #heardAt = 0;
  #connectedAt = 0;
  #stopped = false;
  #polling = false;
  #pingSentAt = 0;
  #quiet = false; // as the socket was told

  /** `place` says whether there is a session whose place is to be polled when the socket fails. */
  constructor({ sale, seats = false, place = false }) {
    super();
    this.#sale = sale;
    this.#seats = seats;
    this.place = place;
    this.version = null; // of the seats, set by the keeper of the seats
    document.addEventListener("visibilitychange", () => this.#awake());
    addEventListener("online", () => this.#awake());
    addEventListener("pageshow", (event) => event.persisted && this.reconnect());
  }

  start() {
    this.#connect();
    this.#timers.ping = setInterval(() => this.#ping(), PING_MS);
    return this;
  }

  stop() {
    this.#stopped = true;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#socket?.close();
  }

  /** A fresh socket, for example after signing in: the session is read when it opens. */
  reconnect() {
    this.#socket?.close(4000);
    this.#failures = 0;
    this.#lost(this.#socket);
  }

  wantSeats(on) {
    this.#seats = on;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send({ type: "seats", on });
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    if (this.#stopped) return;
    const url = new URL("/v1/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("sale", this.#sale);
    if (this.#seats) url.searchParams.set("seats", "1");
    this.#quiet = false;
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#connectedAt = performance.now();
    socket.onmessage = (event) => this.#hear(socket, event.data);
    socket.onclose = () => this.#lost(socket);
  }

  #hear(socket, data) {
    if (socket !== this.#socket) return;
    const message = JSON.parse(data);
    this.#heardAt = performance.now();
    if (message.type === "hello") {
      clock.sample(message.server_time_ms, this.#connectedAt);
      this.#failures = 0;
      this.#link("live");
      this.#ping();
      this.#tellQuiet();
    }
    // The gateway is there, but has lost its engine for a moment: places are safe.
    if (message.type === "reconnecting") return this.#link("reconnecting");
    if (message.type === "reconnected") return this.#link("live");
    if (message.type === "pong") return clock.sample(message.server_time_ms, this.#pingSentAt);
    this.#tell(message.type === "hello" ? "status" : message.type, message);
    return undefined;
  }

  #lost(socket) {
    if (socket !== this.#socket || this.#stopped) return;
    this.#socket = null;
    this.#failures += 1;
    this.#link(this.#failures > 2 ? "polling" : "reconnecting");
    if (this.#failures >= 2 && !this.#polling) this.#poll();
    // Full jitter: after a restart of the server nobody comes back in step with the others.
    const ceiling = Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS);
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => this.#connect(), BACKOFF_MIN_MS * Math.random() + ceiling * Math.random());
  }

  #ping() {
    const slept = clock.slept();
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (!slept && performance.now() - this.#heardAt > SILENCE_MS) return this.reconnect();
    this.#pingSentAt = performance.now();
    this.#send({ type: "ping" });
    return undefined;
  }

  #awake() {
    this.#tellQuiet();
    if (document.visibilityState !== "visible") return;
    if (this.#socket) this.#ping();
    else this.#connect();
  }

  /** While nobody looks, only what matters is sent: that the turn has come, what becomes of an order. */
  #tellQuiet() {
    const quiet = document.visibilityState === "hidden";
    if (quiet === this.#quiet || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#quiet = quiet;
    this.#send({ type: "quiet", on: quiet });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  async #poll() {
    this.#polling = this.#failures > 0 && !this.#stopped;
    if (!this.#polling) return;
    const base = `/v1/sales/${this.#sale}`;
    const asks = [get(`${base}/status`).then((status) => this.#tell("status", status))];
    if (this.place) asks.push(get(`${base}/line/me`).then(({ place }) => this.#tell("place", { place })));
    if (this.#seats && this.version !== null) {
      const from = this.version;
      asks.push(get(`${base}/seats?since=${from}`).then(
        (changes) => this.#tell("seat_changes", { from, ...changes }),
        (problem) => problem.status === 410 && this.#tell("seats_stale", {}),
      ));
    }
    await Promise.allSettled(asks);
    this.#timers.poll = setTimeout(() => this.#poll(), POLL_MS * (0.75 + Math.random() / 2));
  }

  #link(state) {
    this.#tell("link", state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
