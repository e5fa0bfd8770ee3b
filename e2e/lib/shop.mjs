// A server with an operator who puts halls on sale.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Client } from "./client.mjs";
import { place, run, start } from "./process.mjs";

/** Who runs the house. */
export const OPERATOR = "operator@example.org";
export const PASSWORD = "whoever runs this hall";

/** Opens a shop: `url` for browsers, `address` for the API. */
export async function openShop() {
  const at = await place();
  at.set.push("--set", `storage.data_folder=${at.data}`, "--set", "rehearsal.enabled=true");
  await run(["user", "add", "--email", OPERATOR, "--role", "operator", ...at.set], `${PASSWORD}\n`);
  const stop = await start(["serve", "--sandbox"], at);
  return new Shop(at, await Client.signIn(at.address, OPERATOR, PASSWORD), stop);
}

class Shop {
  #operator;

  #provider;

  constructor({ url, address, data, provider }, operator, stop) {
    Object.assign(this, { url, address, close: stop });
    this.#operator = operator;
    this.#provider = { address: provider, key: join(data, "secrets", "api_key") };
  }

  /** Tells the sandbox provider how to behave from now on: see `sandbox/behaviour.rs`; what is left out goes right. */
  async provider(behaviour) {
    const key = (await readFile(this.#provider.key, "utf8")).trim();
    const answer = await fetch(`${this.#provider.address}/v1/behaviour`, {
      method: "PUT", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify(behaviour),
    });
    if (!answer.ok) throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`);
  }

  /** Puts a hall on sale and gives the sale's id. `inside` is how many may choose and pay at once. */
  async putOnSale({ hall, opensInMs = 0, inside = null, ticketsMax = 4, event = "The Last Encore", venue: place = "Great Hall", selectSeconds = 300, paySeconds = 300 }) {
    const operator = this.#operator;
    const create = async (path, body) => (await operator.post(path, body)).id;
    const organiser = await create("/v1/organisers", { name: "Stadthalle" });
    const [venue, show, plan] = await Promise.all([
      create("/v1/venues", { name: place, time_zone: "Asia/Seoul", organiser }),
      create("/v1/events", { name: event, organiser }),
      create(`/v1/plans?organiser=${organiser}`, hall),
    ]);
    const performance = await create("/v1/performances", { event: show, venue, starts_at: "2031-05-17T19:30:00+09:00" });
    return create("/v1/sales", {
      performance, plan, opens_at: new Date(Date.now() + opensInMs).toISOString(), currency: "KRW",
      prices: [154_000, 121_000, 99_000].slice(0, hall.categories.length), capacity: inside, rate: null,
      admissions_max: null, grace_seconds: 60, select_seconds: selectSeconds, pay_seconds: paySeconds, tickets_per_buyer_max: ticketsMax,
    });
  }

  /** Whoever runs the house, without a browser. */
  get operator() { return this.#operator; }

  /** Other people, signed in. */
  async people(sale, count) {
    const { sessions } = await this.#operator.post(`/v1/sales/${sale}/rehearsal-fans`, { count });
    return sessions.map((session) => new Client(this.address, session));
  }

  /** Fails unless every invariant of the sale holds. */
  async audit(sale) {
    const { invariants } = await this.#operator.get(`/v1/sales/${sale}/check`);
    const broken = invariants.filter(({ holds }) => !holds);
    if (invariants.length === 0 || broken.length > 0) throw new Error(`Broken: ${JSON.stringify(broken)}`);
  }
}
