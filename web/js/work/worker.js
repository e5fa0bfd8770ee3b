// Computes in a thread of its own, so that the page stays usable. Ended by its owner.

import { solve } from "./equihash.js";

addEventListener("message", ({ data: { challenge, difficulty } }) => postMessage(solve(challenge, difficulty)));
