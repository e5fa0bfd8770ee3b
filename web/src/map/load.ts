// The hall of a sale, fetched and read; and its seats.

import { api, ok, patiently } from "../lib/api";
import { Geometry } from "./geometry";
import { Seats as SeatTable, type Plan } from "./plan";
import { read, type Ready } from "./read";

export { Seats } from "./seats.svelte";

/** A hall never changes. Throws a `Problem` if it cannot be had. */
export async function loadHall(sale: string): Promise<Geometry> {
  const json = await patiently(() => ok(api.GET("/v1/sales/{sale}/plan", { params: { path: { sale } }, parseAs: "text" })));
  const { plan, columns, measures } = await apart(json).catch(() => read(json));
  return new Geometry({ ...plan, seats: new SeatTable(columns) } satisfies Plan, measures);
}

/** Reads in a worker; rejects where there is none. */
function apart(json: string): Promise<Ready> {
  return new Promise<Ready>((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Ready>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new Error("no worker"));
    };
    worker.postMessage(json);
  });
}
