// The studio in a thread of its own, as long as a map is shown.

import { Studio, type Order } from "./studio";

const page = self as unknown as Worker;
const studio = new Studio((drawn) => page.postMessage(drawn, [drawn.bitmap]));
addEventListener("message", ({ data }: MessageEvent<Order>) => studio.order(data));
