// A person without a browser: the HTTP API and the provider's payment page.

import { randomUUID } from "node:crypto";

const GOOD_CARD = "4242424242424242";

/** An answer that is a refusal. */
class Refused extends Error {
  constructor(method, path, status, body) {
    super(`${method} ${path} answered ${status} ${body?.code}: ${body?.detail}`);
    this.body = body;
  }
}

export class Client {
  #address;
  #session;
  #pass = null; // the latest admission pass

  constructor(address, session = null) {
    this.#address = address;
    this.#session = session;
  }

  /** Signed in with a password. */
  static async signIn(address, email, password) {
    const response = await fetch(`${address}/v1/session`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ email, password }),
    });
    const session = /__Host-session=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
    if (!session) throw new Refused("POST", "/v1/session", response.status, await response.json());
    return new Client(address, session);
  }

  async call(method, path, body) {
    const headers = { "Idempotency-Key": randomUUID() };
    if (this.#session) headers.Cookie = `__Host-session=${this.#session}`;
    if (this.#pass && method !== "GET") headers["Admission-Pass"] = this.#pass;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#address + path, { method, headers, body: body && JSON.stringify(body) });
    this.#pass = response.headers.get("Admission-Pass") ?? this.#pass;
    const text = await response.text();
    const answer = text ? JSON.parse(text) : null;
    if (!response.ok) throw new Refused(method, path, response.status, answer);
    return answer;
  }

  get(path) { return this.call("GET", path); }
  post(path, body) { return this.call("POST", path, body); }

  /** Joins as soon as the sale is open. */
  async join(sale) {
    for (;;) {
      try {
        return (await this.post(`/v1/sales/${sale}/line`)).place;
      } catch (refused) {
        if (refused.body?.code !== "sale_not_open") throw refused;
        // The server and this test share a clock.
        const early = Math.max(refused.body.opens_at_ms - Date.now(), 0);
        await new Promise((resolve) => setTimeout(resolve, early + 20));
      }
    }
  }

  async enter(sale) {
    await this.get(`/v1/sales/${sale}/line/me`); // for the pass
    return this.post(`/v1/sales/${sale}/line/me/enter`);
  }

  leave(sale) { return this.call("DELETE", `/v1/sales/${sale}/line/me`); }
  hold(sale, choice) { return this.call("PUT", `/v1/sales/${sale}/hold`, choice); }

  /** Begins the order of what is held and pays it; returns when the tickets are there. */
  async buy(sale) {
    const order = await this.post(`/v1/sales/${sale}/orders`, {});
    const paid = await fetch(order.payment_url, {
      method: "POST", redirect: "manual", body: new URLSearchParams({ card: GOOD_CARD, action: "pay" }),
    });
    if (paid.status !== 303) throw new Error(`The provider answered ${paid.status} to a good card.`);
    for (;;) {
      const now = await this.get(`/v1/orders/${order.id}`);
      if (now.stage === "paid" && now.tickets.length === now.items.length) return now;
      if (now.stage !== "paying") throw new Error(`The order is ${now.stage}.`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}
