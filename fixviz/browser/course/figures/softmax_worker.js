/* Times softmax attention over more and more frames, beside the page. It gets {tokens, width, budget}: tokens of a
   frame, channels of a head, milliseconds in all; it sends {frames, milliseconds, runs} for 1, 2, 4, ... frames as
   long as the budget lasts, and {done: true}. */

import { attend, median } from "./softmax_math.js";

const LARGEST = 64;
/** Runs of one size: at least this many where time allows, and no more. */
const RUNS = { least: 3, most: 25 };
const WARM_UP = 120;

self.onmessage = ({ data: { tokens, width, budget } }) => {
  const end = performance.now() + budget;
  // The first runs would be slow: the browser compiles the loop while it runs.
  const warm = performance.now() + WARM_UP;
  while (performance.now() < warm) time(tokens, width);
  let before = 0;
  for (let frames = 1; frames <= LARGEST; frames *= 2) {
    // The next size takes about four times as long, and should be run three times.
    if (frames > 1 && performance.now() + 4 * RUNS.least * before > end) break;
    const times = [];
    const share = performance.now() + budget / 8;
    while (times.length < RUNS.most && (times.length < RUNS.least || performance.now() < share))
      times.push(time(frames * tokens, width));
    before = median(times);
    self.postMessage({ frames, milliseconds: before, runs: times.length });
  }
  self.postMessage({ done: true });
};

/** Milliseconds of one run on random numbers. */
function time(tokens, width) {
  const random = () => Float32Array.from({ length: tokens * width }, () => Math.random() - 0.5);
  const [q, k, v, out] = [random(), random(), random(), new Float32Array(tokens * width)];
  const start = performance.now();
  attend(q, k, v, out, tokens, width);
  return performance.now() - start;
}
