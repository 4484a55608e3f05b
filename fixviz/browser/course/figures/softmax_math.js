/* Softmax attention of one query, step by step, and what it costs. */

/** @typedef {{ scores: number[], exponentials: number[], shares: number[] }} Stages */

/**
 * q . k for vectors of equal length.
 *
 * @param {ArrayLike<number>} q
 * @param {ArrayLike<number>} k
 */
export function dot(q, k) {
  let sum = 0;
  for (let i = 0; i < q.length; i++) sum += q[i] * k[i];
  return sum;
}

/**
 * The stages of a row: scores q . k / sqrt(d), times `factor`; their exponentials; their shares of the sum.
 *
 * @param {ArrayLike<number>} q
 * @param {ArrayLike<number>[]} keys
 * @param {number} factor
 * @returns {Stages}
 */
export function stagesOf(q, keys, factor = 1) {
  const scores = keys.map((k) => (factor * dot(q, k)) / Math.sqrt(q.length));
  const exponentials = scores.map(Math.exp);
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return { scores, exponentials, shares: exponentials.map((value) => value / sum) };
}

/** How far below the best score the others of the four keys are looked for. */
const BELOW = [0, 1, 2, 3.5];

/**
 * Choose four keys for a row by hand: the one with the best score, and those whose scores come closest to
 * 1, 2 and 3.5 below it, so that no share is too small to be seen. Returns their indices in the order of
 * their patches, so that the best one is not always the first.
 *
 * @param {ArrayLike<number>} scores at least four
 */
export function fourKeys(scores) {
  const left = Array.from(scores, (_, i) => i);
  const best = left.reduce((a, b) => (scores[b] > scores[a] ? b : a));
  return BELOW.map((below) => {
    const wanted = scores[best] - below;
    const off = (i) => Math.abs(scores[i] - wanted);
    const found = left.reduce((a, b) => (off(b) < off(a) ? b : a));
    left.splice(left.indexOf(found), 1);
    return found;
  }).sort((a, b) => a - b);
}

/** How far a given number may lie from the true one, as a share of it. */
const CLOSE = 0.02;

function close(value, truth) {
  // Half a unit of the second decimal: what the figure shows is rounded.
  return Math.abs(value - truth) <= Math.max(CLOSE * Math.abs(truth), 0.006);
}

/**
 * What somebody did who gave `value` as the score: "right", "unscaled" (q . k itself), "divided" (by d
 * instead of its root), else "other".
 *
 * @param {number} value
 * @param {number} product q . k
 * @param {number} width d
 */
export function scoreOutcome(value, product, width) {
  if (close(value, product / Math.sqrt(width))) return "right";
  if (close(value, product)) return "unscaled";
  if (close(value, product / width)) return "divided";
  return "other";
}

/**
 * What somebody did who gave `percent` as the share of key `index`: "right", "exponential" (its exponential,
 * not divided), "fraction" (of 1 instead of 100), "scores" (the score's share of the scores), "rest" (divided
 * by the sum of the other keys), else "other".
 *
 * @param {number} percent
 * @param {Stages} stages
 * @param {number} index
 */
export function shareOutcome(percent, { scores, exponentials, shares }, index) {
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  const near = (truth) => Math.abs(percent - truth) <= Math.max(CLOSE * Math.abs(truth), 0.6);
  if (near(100 * shares[index])) return "right";
  if (close(percent, shares[index])) return "fraction";
  if (close(percent, exponentials[index])) return "exponential";
  if (near((100 * exponentials[index]) / (total(exponentials) - exponentials[index])))
    return "rest";
  if (near((100 * scores[index]) / total(scores))) return "scores";
  return "other";
}

/**
 * Compare painted patches with a row of attention weights: the shares of attention on the painted ones, on
 * as many of the strongest ones, and on as many drawn at random.
 *
 * @param {ArrayLike<number>} weights they sum to 1
 * @param {Iterable<number>} painted
 */
export function overlap(weights, painted) {
  const places = [...painted];
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const strongest = Array.from(weights).sort((a, b) => b - a);
  return {
    painted: sum(places.map((place) => weights[place])),
    best: sum(strongest.slice(0, places.length)),
    chance: places.length / weights.length,
  };
}

/**
 * How well a painting did, on the way from chance to the best possible: "right" from half of it on, "partly"
 * above chance, else "elsewhere".
 *
 * @param {{ painted: number, best: number, chance: number }} found
 */
export function paintOutcome({ painted, best, chance }) {
  if (painted >= (best + chance) / 2) return "right";
  return painted > chance ? "partly" : "elsewhere";
}

/**
 * Multiplications of joint softmax attention in one head: every query times every key, and as many again
 * for the sum of the values.
 *
 * @param {number} tokens
 * @param {number} width d
 */
export function multiplications(tokens, width) {
  return 2 * tokens ** 2 * width;
}

/** The steps from one frame to many at which a curve is placed: frames are 2, 4 and 8. */
export const DOUBLINGS = [2, 4, 8];

/** How far a placed point may lie from a rule's, as a share of it. */
const AROUND = 0.3;

/**
 * By which rule somebody placed the costs of 2, 4 and 8 frames, in costs of one frame: "right" (the square),
 * "linear" (as many times as frames), "doubled" (4, 8, 16: the first doubling right, then straight on), "low" or
 * "high" (compared with the truth at the end).
 *
 * @param {number[]} placed
 */
export function curveOutcome(placed) {
  const follows = (rule) =>
    DOUBLINGS.every((frames, i) => Math.abs(placed[i] - rule(frames)) <= AROUND * rule(frames));
  if (follows((frames) => frames ** 2)) return "right";
  if (follows((frames) => frames)) return "linear";
  if (follows((frames) => 2 * frames)) return "doubled";
  return placed.at(-1) < DOUBLINGS.at(-1) ** 2 ? "low" : "high";
}

/** The middle of some numbers, in order of size; of an even number of them the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Softmax attention of one head over `tokens` tokens, plainly written, to be timed: out = softmax(q k^T / sqrt(d)) v.
 *
 * @param {Float32Array} q [tokens, width], as k, v and out
 * @param {Float32Array} k
 * @param {Float32Array} v
 * @param {Float32Array} out
 * @param {number} tokens
 * @param {number} width
 */
export function attend(q, k, v, out, tokens, width) {
  const row = new Float32Array(tokens);
  const scale = 1 / Math.sqrt(width);
  for (let i = 0; i < tokens; i++) {
    let largest = -Infinity;
    for (let j = 0; j < tokens; j++) {
      let score = 0;
      for (let c = 0; c < width; c++) score += q[i * width + c] * k[j * width + c];
      row[j] = score * scale;
      if (row[j] > largest) largest = row[j];
    }
    let sum = 0;
    for (let j = 0; j < tokens; j++) {
      row[j] = Math.exp(row[j] - largest);
      sum += row[j];
    }
    for (let c = 0; c < width; c++) out[i * width + c] = 0;
    for (let j = 0; j < tokens; j++) {
      const weight = row[j] / sum;
      for (let c = 0; c < width; c++) out[i * width + c] += weight * v[j * width + c];
    }
  }
}
