// Computes in a thread of its own, so that the page stays usable. Ended by its owner.

import { solve } from "./equihash";
import type { Task } from "./task";

addEventListener("message", ({ data: { challenge, difficulty } }: MessageEvent<Task>) => postMessage(solve(challenge, difficulty)));
