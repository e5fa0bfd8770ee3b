// Live state of one sale: the WebSocket while it lasts, polling of the same facts while it does not.

import { api, ok } from "./api";
import * as clock from "./clock";
import type { components } from "./contract";
import { Problem } from "./problem";

type Schemas = components["schemas"];
export type Status = Schemas["StatusBody"];
export type Place = Schemas["PlaceBody"];
export type Order = Schemas["OrderBody"];
export type Stock = Schemas["StockBody"];

/** Seats by version: a snapshot (base64, two bits a seat) or what changed since one. */
export interface Seats { version: number; seats: string; areas: Stock[] }
export interface SeatChanges { from: number; version: number; changes: [seat: number, state: number][]; areas: Stock[] }

export type LinkState = "live" | "reconnecting" | "polling";

/** What is told, by name. */
export interface LiveEvents {
  status: Status;
  place: { place: Place };
  seats: Seats;
  seat_changes: SeatChanges;
  seats_stale: Record<string, never>;
  order: { order: Order };
  bye: { reason: string };
  link: LinkState;
}

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 20_000;
const PING_MS = 15_000;
const SILENCE_MS = 40_000;
const POLL_MS = 3_000;

export interface LiveOptions {
  sale: string;
  /** Seats are wanted too. */
  seats?: boolean;
  /** There is a session whose place is to be polled when the socket fails. */
  place?: boolean;
}

export class Live {
  place: boolean;
  /** Of the seats, set by the keeper of the seats. */
  version: number | null = null;

  readonly #sale: string;
  readonly #hearers = new Map<string, Set<(detail: never) => void>>();
  #seats: boolean;
  #socket: WebSocket | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #connectedAt = 0;
  #stopped = false;
  #polling = false;
  #pingSentAt = 0;
  #quiet = false; // as the socket was told

  constructor({ sale, seats = false, place = false }: LiveOptions) {
    this.#sale = sale;
    this.#seats = seats;
    this.place = place;
    document.addEventListener("visibilitychange", this.#awake);
    addEventListener("online", this.#awake);
    addEventListener("pageshow", this.#shown);
  }

  /** Hears what is told under a name; returns a function that stops it. */
  on<K extends keyof LiveEvents>(name: K, hear: (detail: LiveEvents[K]) => void): () => void {
    const hearers = this.#hearers.get(name) ?? new Set();
    this.#hearers.set(name, hearers.add(hear as (detail: never) => void));
    return () => void hearers.delete(hear as (detail: never) => void);
  }

  start(): this {
    this.#connect();
    this.#pinging = setInterval(() => this.#ping(), PING_MS);
    return this;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#pinging);
    clearTimeout(this.#retry);
    document.removeEventListener("visibilitychange", this.#awake);
    removeEventListener("online", this.#awake);
    removeEventListener("pageshow", this.#shown);
    this.#socket?.close();
  }

  /** A fresh socket, for example after signing in: the session is read when it opens. */
  reconnect(): void {
    const socket = this.#socket;
    socket?.close(4000);
    this.#failures = 0;
    this.#lost(socket);
  }

  wantSeats(on: boolean): void {
    this.#seats = on;
    this.#send({ type: "seats", on });
  }

  #connect(): void {
    clearTimeout(this.#retry);
    if (this.#stopped) return;
    const url = new URL("/v1/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("sale", this.#sale);
    if (this.#seats) url.searchParams.set("seats", "1");
    this.#quiet = false;
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#connectedAt = performance.now();
    socket.onmessage = (event: MessageEvent<string>) => this.#hear(socket, event.data);
    socket.onclose = () => this.#lost(socket);
  }

  #hear(socket: WebSocket, data: string): void {
    if (socket !== this.#socket) return;
    const message = JSON.parse(data) as { type: string; server_time_ms?: number };
    this.#heardAt = performance.now();
    switch (message.type) {
      case "hello":
        clock.sample(message.server_time_ms, this.#connectedAt);
        this.#failures = 0;
        this.#tell("link", "live");
        this.#ping();
        this.#tellQuiet();
        return this.#tell("status", message as unknown as Status);
      // The gateway is there, but has lost its engine for a moment: places are safe.
      case "reconnecting": return this.#tell("link", "reconnecting");
      case "reconnected": return this.#tell("link", "live");
      case "pong": return clock.sample(message.server_time_ms, this.#pingSentAt);
      default: return this.#tell(message.type as keyof LiveEvents, message as never);
    }
  }

  #lost(socket: WebSocket | null): void {
    if (socket !== this.#socket || this.#stopped) return;
    this.#socket = null;
    this.#failures += 1;
    this.#tell("link", this.#failures > 2 ? "polling" : "reconnecting");
    if (this.#failures >= 2 && !this.#polling) void this.#poll();
    // Full jitter: after a restart of the server nobody comes back in step with the others.
    const ceiling = Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), BACKOFF_MIN_MS * Math.random() + ceiling * Math.random());
  }

  #ping(): void {
    const slept = clock.slept();
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (!slept && performance.now() - this.#heardAt > SILENCE_MS) return this.reconnect();
    this.#pingSentAt = performance.now();
    this.#send({ type: "ping" });
  }

  readonly #awake = (): void => {
    this.#tellQuiet();
    if (document.visibilityState !== "visible") return;
    if (this.#socket) this.#ping();
    else this.#connect();
  };

  readonly #shown = (event: PageTransitionEvent): void => {
    if (event.persisted) this.reconnect();
  };

  /** While nobody looks, only what matters is sent: that the turn has come, what becomes of an order. */
  #tellQuiet(): void {
    const quiet = document.visibilityState === "hidden";
    if (quiet === this.#quiet || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#quiet = quiet;
    this.#send({ type: "quiet", on: quiet });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #poll(): Promise<void> {
    this.#polling = this.#failures > 0 && !this.#stopped;
    if (!this.#polling) return;
    const path = { sale: this.#sale };
    const asks: Promise<unknown>[] = [
      ok(api.GET("/v1/sales/{sale}/status", { params: { path } })).then((status) => this.#tell("status", status)),
    ];
    if (this.place) {
      asks.push(ok(api.GET("/v1/sales/{sale}/line/me", { params: { path } })).then((place) => this.#tell("place", place)));
    }
    if (this.#seats && this.version !== null) {
      const from = this.version;
      const changes = ok(api.GET("/v1/sales/{sale}/seats", { params: { path, query: { since: from } } }));
      asks.push(changes.then(
        (changed) => this.#tell("seat_changes", { ...(changed as unknown as SeatChanges), from }),
        (problem: unknown) => problem instanceof Problem && problem.status === 410 && this.#tell("seats_stale", {}),
      ));
    }
    await Promise.allSettled(asks);
    setTimeout(() => void this.#poll(), POLL_MS * (0.75 + Math.random() / 2));
  }

  #tell<K extends keyof LiveEvents>(name: K, detail: LiveEvents[K]): void {
    for (const hear of this.#hearers.get(name) ?? []) (hear as (detail: LiveEvents[K]) => void)(detail);
  }
}
