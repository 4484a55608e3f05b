/* Times both orders of linear attention's sum, for more and more tokens. The page ends the worker to stop it. */

import { repeated } from "./linear_math.js";
import { layOut, sumsFirst, weightsFirst } from "./linear_orders.js";

/** Milliseconds over which one size is repeated, since clocks of browsers are coarse. */
const LEAST = 6;

/** Milliseconds of one call: the best of many, which a busy computer disturbs least. */
function time(order, laid) {
  order(laid);
  let best = Infinity;
  const started = performance.now();
  for (let calls = 1; performance.now() - started < LEAST; calls *= 2) {
    const begun = performance.now();
    for (let i = 0; i < calls; i++) order(laid);
    const taken = (performance.now() - begun) / calls;
    if (taken > 0) best = Math.min(best, taken);
  }
  return best;
}

self.onmessage = ({ data: { query, key, value, width, sizes, budget } }) => {
  const started = performance.now();
  let last = 0;
  for (const tokens of sizes) {
    // The next size takes at most four times as long, twice: to warm up and to measure.
    if (performance.now() - started + 8 * last > budget) break;
    const [q, k, v] = [query, key, value].map((rows) => repeated(rows, width, tokens));
    const laid = layOut(q, k, v, width);
    const [weights, sums] = [time(weightsFirst, laid), time(sumsFirst, laid)];
    last = weights;
    self.postMessage({ tokens, weights, sums });
  }
  self.postMessage({ done: true });
};
