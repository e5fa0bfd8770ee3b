// What the fan's page of one sale knows: the sale, its state, the fan's place, the seats; and which stage follows from it.

import { api, ok, patiently } from "../../lib/api";
import type { components } from "../../lib/contract";
import { more } from "../../lib/i18n";
import { Live, type LinkState, type Place, type Status } from "../../lib/live";
import type { Geometry } from "../../map/geometry";
import type { Seats } from "../../map/seats.svelte";
import { Problem } from "../../lib/problem";
import { focusOn } from "../../lib/say";
import { askAccount, session } from "../../lib/session.svelte";

export type Facts = components["schemas"]["SaleBody"];
export type Stage = "lobby" | "waiting" | "turn" | "choose" | "pay" | "done" | "ended";

const BY_PLACE: Record<string, Stage> = { waiting: "waiting", admitted: "turn", selecting: "choose", paying: "pay", done: "done" };
const load = () => import("../../map/load");
const SILENCE_MS = 8_000; // without a live connection or an answer for so long, one is offline whatever the device thinks

export class Sale {
  facts = $state.raw<Facts | null>(null);
  status = $state.raw<Status | null>(null);
  place = $state.raw<Place | null>(null);
  problem = $state.raw<Problem | null>(null);
  link = $state.raw<LinkState | null>(null);
  offline = $state(false);
  /** The signal light in the tab while it is the fan's turn. */
  lit = $state(true);
  geometry: Geometry | null = null;
  seats: Seats | null = null;
  readonly live: Live;
  readonly path: { params: { path: { sale: string } } };
  #arrived = false;
  #seats: Promise<void> | null = null;
  #hall: Promise<Geometry> | null = null;
  #silent: ReturnType<typeof setTimeout> | undefined;

  readonly stage: Stage | null = $derived.by(() => {
    if (!this.status) return null;
    const mine = session.account && this.place ? BY_PLACE[this.place.stage] : undefined;
    const over = this.status.stage === "sold_out" || this.status.stage === "closed";
    if (mine && !(over && mine === "waiting")) return mine;
    return over ? "ended" : "lobby";
  });

  constructor(readonly id: string) {
    this.path = { params: { path: { sale: id } } };
    this.live = new Live({ sale: id });
    this.live.on("link", (state) => {
      this.link = state;
      this.#listen();
    });
    this.live.on("status", (status) => {
      this.status = status;
      this.#countOn(status);
      this.#listen();
    });
    this.live.on("place", ({ place }) => this.setPlace(place));
    this.live.on("bye", ({ reason }) => reason === "signed_out" && location.reload());
    addEventListener("offline", () => this.#listen());
    addEventListener("online", () => this.#listen());
    addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && void this.refreshPlace().catch(this.fail));
  }

  /** What the page begins with. */
  async open(): Promise<void> {
    const [facts, status] = await patiently(async () => {
      // A server that was too busy to say who this is must not make a fan in line look signed out.
      if (!session.known) await askAccount();
      return Promise.all([
        ok(api.GET("/v1/sales/{sale}", this.path)), ok(api.GET("/v1/sales/{sale}/status", this.path)),
        session.account ? this.#findPlace() : null,
      ]);
    });
    Object.assign(this, { facts, status });
    this.live.place = session.account !== null;
    this.live.start();
  }

  // Answers and socket messages cross each other: the one the server wrote last counts.
  setPlace(place: Place): void {
    if (this.place && place.server_time_ms < this.place.server_time_ms) return;
    this.place = place;
  }

  readonly signedIn = async (): Promise<void> => {
    this.problem = null;
    this.live.place = true;
    await this.refreshPlace();
    this.live.reconnect();
  };

  readonly fail = (thrown: unknown): void => {
    if (!(thrown instanceof Problem)) throw thrown;
    if (thrown.status === 401) session.account = null;
    // The words for it may be among the texts that have not come yet; those for being offline are there.
    void more().catch(() => null).then(() => { this.problem = thrown; });
  };

  /** Attached to the heading of every stage: after a change of stage one reads on there. */
  readonly heading = (heading: HTMLElement): void => {
    if (this.#arrived) {
      this.problem = null;
      focusOn(heading);
      scrollTo({ top: 0 });
    }
    this.#arrived = true;
  };

  /** Leaves the line for good; the stages ask first. */
  async leaveLine(): Promise<void> {
    try {
      await patiently(() => ok(api.DELETE("/v1/sales/{sale}/line/me", this.path)));
      await this.refreshPlace();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  refreshPlace = (): Promise<void> => patiently(() => this.#findPlace());

  async #findPlace(): Promise<void> {
    try {
      this.setPlace((await ok(api.GET("/v1/sales/{sale}/line/me", this.path))).place);
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) throw problem;
      this.place = null;
    }
  }

  /** The hall, once; it never changes. */
  loadHall(): Promise<Geometry> {
    this.#hall ??= load().then(({ loadHall }) => loadHall(this.id)).catch((problem: unknown) => {
      this.#hall = null;
      throw problem;
    });
    return this.#hall;
  }

  /** The hall and the seats, and from then on their changes. */
  loadSeats(): Promise<void> {
    this.#seats ??= this.#loadSeats().catch((problem: unknown) => {
      this.#seats = null;
      throw problem;
    });
    return this.#seats;
  }

  async #loadSeats(): Promise<void> {
    const [geometry, { Seats }] = await Promise.all([this.loadHall(), load()]);
    const seats = this.seats ?? new Seats({ sale: this.id, plan: geometry.plan, live: this.live });
    Object.assign(this, { geometry, seats });
    this.live.wantSeats(true);
    await patiently(() => seats.refresh());
  }

  /** Far from the front the own place is told seldom; how far the line has come is told to everybody. */
  #countOn({ line }: Status): void {
    const { place } = this;
    if (place?.stage !== "waiting" || place.number === 0) return;
    const most = place.number - line.admitted_through - 1;
    if (most >= 0 && most < place.ahead) this.place = { ...place, ahead: most };
  }

  /** Offline is what the device says, or silence from a server that used to talk. */
  #listen(): void {
    clearTimeout(this.#silent);
    this.offline = !navigator.onLine;
    if (this.link === "live" || this.offline) return;
    this.#silent = setTimeout(() => { this.offline = true; }, SILENCE_MS);
  }
}
