/* Times attention with the player's kernels, beside the page, which ends the worker to stop it. It gets {kinds, sizes,
   width, heads, seconds}; it sends {share, kind, tokens} before each size, {point} after it, and at last {done, stopped}:
   by kind, the first size that was left out and why. */

import { KINDS } from "./kinds.js";
import { bytesOf, computation, randomNumbers } from "./kernel_attention.js";
import { LEAST_RUNS, timed } from "./timing.js";

/** Most bytes of one computation. */
const MOST_BYTES = 512 * 2 ** 20;

self.onmessage = ({ data: { kinds, sizes, width, heads, seconds } }) => {
  const left = Object.fromEntries(kinds.map((kind) => [kind, (1000 * seconds) / kinds.length]));
  const before = {};
  const stopped = {};
  let steps = 0;
  for (const tokens of sizes) {
    for (const kind of kinds) {
      self.postMessage({ share: steps++ / (sizes.length * kinds.length), kind, tokens });
      if (stopped[kind]) continue;
      if (bytesOf(kind, tokens, width) > MOST_BYTES) {
        stopped[kind] = { tokens, reason: "memory" };
        continue;
      }
      const last = before[kind];
      const work = KINDS[kind];
      const expected = last
        ? (1000 * last.seconds * work(tokens, width)) / work(last.tokens, width)
        : 0;
      if (LEAST_RUNS * expected > left[kind]) {
        stopped[kind] = { tokens, reason: "time" };
        continue;
      }
      const began = performance.now();
      const head = computation(kind, tokens, width, randomNumbers(tokens, width));
      const all = () => {
        for (let i = 0; i < heads; i++) head();
      };
      // What a size may take of what is left, so that several more sizes have their repeats.
      const found = timed(all, left[kind] / 4000);
      left[kind] -= performance.now() - began;
      before[kind] = { ...found, tokens };
      const peak_bytes = bytesOf(kind, tokens, width);
      self.postMessage({ point: { kind, tokens, ...found, peak_bytes } });
    }
  }
  self.postMessage({ done: true, stopped });
};
