// Reads a plan in a thread of its own: 20,000 seats would hold up the page for a moment. Ended by its owner.

import { buffers, read } from "./read";

addEventListener("message", ({ data }: MessageEvent<string>) => {
  const ready = read(data);
  (self as unknown as Worker).postMessage(ready, buffers(ready));
});
