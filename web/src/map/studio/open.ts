// A studio for the page: in a worker, or on the page itself where there is none.

import type { Drawn, Order, Studio } from "./studio";

export interface Open {
  order: (order: Order) => void;
  end: () => void;
}

/** `hear` is called with each picture that is ready. */
export function openStudio(hear: (drawn: Drawn) => void): Open {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  let here: Promise<Studio> | null = null;
  let ordered: Order[] | null = []; // until the worker is seen to work
  worker.onmessage = ({ data }: MessageEvent<Drawn>) => {
    ordered = null;
    hear(data);
  };
  worker.onerror = () => {
    if (!ordered) return;
    const orders = ordered;
    ordered = null;
    worker.terminate();
    here = import("./studio").then(({ Studio }) => {
      const studio = new Studio(hear);
      for (const order of orders) studio.order(order);
      return studio;
    });
  };
  return {
    order(order) {
      if (here) return void here.then((studio) => studio.order(order));
      ordered?.push(order);
      worker.postMessage(order);
    },
    end() {
      worker.terminate();
      void here?.then((studio) => studio.end());
    },
  };
}
