/* The maths of the lesson on feature fixation: one ratio step by step, the control, and what a prediction got wrong. */

/** 1 / (1 + exp(-z)). */
export function sigmoid(z) {
  return 1 / (1 + Math.exp(-z));
}

/**
 * One fixation ratio step by step. `inputs` are the parts of g (phi(q), phi(k'), v'), each of `width` numbers;
 * `weight` is W [width, parts * width] and `bias` b [width].
 *
 * @param {Float32Array[]} inputs
 * @param {{ weight: Float32Array, bias: Float32Array }} projection
 * @param {number} channel
 */
export function oneRatio(inputs, { weight, bias }, channel) {
  const width = inputs[0].length;
  const start = channel * inputs.length * width;
  const rows = inputs.map((_, i) => weight.subarray(start + i * width, start + (i + 1) * width));
  const sums = inputs.map((part, i) => part.reduce((sum, value, c) => sum + value * rows[i][c], 0));
  const logit = sums.reduce((sum, value) => sum + value, bias[channel]);
  return { rows, sums, bias: bias[channel], logit, ratio: sigmoid(logit) };
}

/** The index of the logit that lies nearest to 1 or -1, where the sigmoid is neither flat nor one half. */
export function tellingChannel(logits) {
  let best = 0;
  for (let i = 1; i < logits.length; i++)
    if (Math.abs(Math.abs(logits[i]) - 1) < Math.abs(Math.abs(logits[best]) - 1)) best = i;
  return best;
}

/**
 * What a learner made of the logit: "right" within 0.05 of the ratio; "mirrored" where it is the ratio of minus the
 * logit; "logit" where it is the logit itself (in 0..1, the range of the plot); else "low" or "high".
 */
export function ratioOutcome(placed, logit) {
  const near = (value) => Math.abs(placed - value) <= 0.05;
  const ratio = sigmoid(logit);
  if (near(ratio)) return "right";
  if (near(1 - ratio)) return "mirrored";
  if (logit >= 0 && logit <= 1 && near(logit)) return "logit";
  return placed < ratio ? "low" : "high";
}

/**
 * What a prediction of the concentration at dial 0, 1 and 2 got wrong: "right" where all three lie within 0.15;
 * "learned" where it takes the attention at 1 for as even as at 0, though they differ; "order" where one of the two
 * steps goes the other way; else "size".
 *
 * @param {number[]} placed
 * @param {number[]} known
 */
export function dialOutcome(placed, known) {
  const steps = (values) => [values[1] - values[0], values[2] - values[1]];
  const [mine, theirs] = [steps(placed), steps(known)];
  if (placed.every((value, i) => Math.abs(value - known[i]) <= 0.15)) return "right";
  if (Math.abs(mine[0]) < 0.05 && Math.abs(theirs[0]) > 0.1) return "learned";
  if (mine.some((step, i) => step * theirs[i] < 0)) return "order";
  return "size";
}

/** "right" where a prediction lies within 0.1 of the concentration with shuffled ratios; else "low" or "high". */
export function dealtOutcome(placed, known) {
  if (Math.abs(placed - known) <= 0.1) return "right";
  return placed < known ? "low" : "high";
}

/**
 * One cycle through all of `count` places, so that none keeps its own (Sattolo 1986); the same seed gives the same.
 *
 * @param {number} count
 * @param {number} seed
 */
export function cycle(count, seed) {
  const order = Array.from({ length: count }, (_, i) => i);
  const random = generator(seed);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Numbers in 0..1 of a fixed sequence (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of the `count` largest entries of one map are among those of the other. */
export function sharedTop(a, b, count) {
  const top = (map) =>
    Array.from(map.keys())
      .sort((i, j) => map[j] - map[i])
      .slice(0, count);
  const known = new Set(top(a));
  return top(b).filter((i) => known.has(i)).length;
}

/** The index of the largest entry. */
export function largest(map) {
  let best = 0;
  for (let i = 1; i < map.length; i++) if (map[i] > map[best]) best = i;
  return best;
}

/** The first head whose keys hold the token's own channels alone; head 0 where all read from a neighbor. */
export function plainHead(folds) {
  return Math.max(
    0,
    folds.findIndex((ofHead) => ofHead.length === 0),
  );
}

/** The share of the attention received that lies on the covered part of the patches. */
export function massOn(map, covered) {
  let sum = 0;
  for (let i = 0; i < map.length; i++) sum += map[i] * covered[i];
  return sum / map.length;
}
