/* Measures of how concentrated a row of attention weights is, defined as those that are stored with a run. */

/** @import { RowFigures } from "../types.d.ts" */

const TOP = 0.1;

/**
 * The measures of the first `length` weights. Entropy is in nats; the normalized one is divided by
 * log(length), and concentration is 1 minus that; effective support is exp(entropy); topMass is the
 * sum of the strongest tenth, rounded up. An undefined measure is NaN.
 *
 * @param {ArrayLike<number>} weights
 * @param {number} length
 * @param {Float64Array} sorted memory of this length to work in
 * @returns {RowFigures}
 */
export function figuresOf(weights, length, sorted = new Float64Array(length)) {
  const entropy = entropyOf(weights, 0, length);
  for (let i = 0; i < length; i++) sorted[i] = weights[i];
  sorted.sort();
  let sum = 0;
  let ranked = 0;
  for (let i = 0; i < length; i++) {
    sum += sorted[i];
    ranked += (2 * i + 1 - length) * sorted[i];
  }
  let topMass = 0;
  for (let i = length - Math.ceil(TOP * length); i < length; i++) topMass += sorted[i];
  const normalizedEntropy = length > 1 ? entropy / Math.log(length) : NaN;
  return {
    entropy,
    normalizedEntropy,
    concentration: 1 - normalizedEntropy,
    effectiveSupport: Math.min(Math.exp(entropy), length),
    topMass: Math.min(topMass, 1),
    gini: Math.max(ranked / (length * sum), 0),
  };
}

/**
 * The entropy -sum A log A in nats of `length` weights from `start` on, with 0 log 0 = 0. It stays
 * between 0 and log(length) also where rounded weights sum to a little more than 1.
 */
export function entropyOf(weights, start, length) {
  let entropy = 0;
  for (let j = start; j < start + length; j++) {
    if (weights[j] !== 0) entropy -= weights[j] * Math.log(weights[j]);
  }
  return Math.min(Math.max(entropy, 0), Math.log(length));
}
