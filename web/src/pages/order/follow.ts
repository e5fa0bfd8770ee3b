// Follows one order: hears of it live, and looks as well while something is still to come.

import { api, ok, wait } from "../../lib/api";
import { Live, type LinkState, type Order } from "../../lib/live";

const LOOK_EVERY_MS = 2_500;
const MOVING = new Set(["paying", "refund_pending"]);

export const readOrder = (order: string): Promise<Order> => ok(api.GET("/v1/orders/{order}", { params: { path: { order } } }));

interface Hearer { order: (order: Order) => void; link: (state: LinkState) => void }

/** Returns a function that ends it. */
export function follow(first: Order, hear: Hearer): () => void {
  let [latest, ended] = [first, false];
  const live = new Live({ sale: first.sale });
  const tell = (order: Order): void => {
    if (ended || order.id !== first.id) return;
    latest = order;
    hear.order(order);
  };
  live.on("link", hear.link);
  live.on("order", ({ order }) => tell(order));
  live.start();
  // The provider's message may come a moment after the fan: look as well as listen.
  void (async () => {
    while (!ended) {
      await wait(LOOK_EVERY_MS * (0.8 + Math.random() * 0.4));
      if (!ended && MOVING.has(latest.stage) && document.visibilityState === "visible") await readOrder(first.id).then(tell, () => null);
    }
  })();
  return () => {
    ended = true;
    live.stop();
  };
}
