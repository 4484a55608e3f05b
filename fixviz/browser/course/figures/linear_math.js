/* The arithmetic of the lesson on linear attention. Matrices are Float32Array, row by row; q, k and v are
   [tokens, width], those of one head. */

/** @import { WindowFeatures } from "../types.d.ts" */

/**
 * Multiplications of the two products of each order: (q kᵀ) v forms the weights first, q (kᵀ v) the sums.
 *
 * @param {number} tokens
 * @param {number} width
 */
export function multiplications(tokens, width) {
  const [weights, sums] = [tokens * tokens * width, tokens * width * width];
  return { weights: [weights, weights], sums: [sums, sums] };
}

/** "weights", "sums" or "equal": which order takes fewer multiplications. */
export function fewer(tokens, width) {
  if (tokens === width) return "equal";
  return tokens < width ? "weights" : "sums";
}

/**
 * The rows of one head and one frame of the window's features.
 *
 * @param {WindowFeatures} features
 * @param {"query" | "key" | "value"} which
 * @param {number} position of the frame in the window
 * @param {number} head
 * @returns {Float32Array} [rows * columns, head_dim]
 */
export function headRows({ description, ...features }, which, position, head) {
  const { rows, columns, heads, head_dim: width } = description;
  const places = rows * columns;
  const found = new Float32Array(places * width);
  for (let place = 0; place < places; place++) {
    const from = ((position * places + place) * heads + head) * width;
    found.set(features[which].subarray(from, from + width), place * width);
  }
  return found;
}

/** The feature maps to compare: the model's own, that without its constant, and none. */
export const FEATURE_MAPS = {
  phi: (width) => (value) => Math.max(value, 0) + width ** -0.5,
  relu: () => (value) => Math.max(value, 0),
  none: () => (value) => value,
};

/** The rows after one of FEATURE_MAPS. */
export function mapped(rows, width, name) {
  return rows.map(FEATURE_MAPS[name](width));
}

/** The tokens repeated, one after the other, until there are `tokens`. */
export function repeated(rows, width, tokens) {
  const found = new Float32Array(tokens * width);
  for (let start = 0; start < found.length; start += rows.length)
    found.set(rows.subarray(0, Math.min(rows.length, found.length - start)), start);
  return found;
}

/**
 * The row of a query: its products with all keys, their sum, the shares (products over the sum) and the
 * largest size of a share. All shares are NaN where the sum is 0.
 *
 * @param {Float32Array} queries with their feature map
 * @param {Float32Array} keys
 * @param {number} width
 * @param {number} query
 */
export function rowOf(queries, keys, width, query) {
  const products = new Float64Array(keys.length / width);
  let sum = 0;
  for (let j = 0; j < products.length; j++) {
    for (let c = 0; c < width; c++) products[j] += queries[query * width + c] * keys[j * width + c];
    sum += products[j];
  }
  const shares = products.map((product) => (sum === 0 ? NaN : product / sum));
  const size = shares.reduce((most, share) => Math.max(most, Math.abs(share)), 0);
  return { products, sum, shares, size: sum === 0 ? Infinity : size };
}

/** Per query what `rowOf` says. */
export function allRows(queries, keys, width) {
  return Array.from({ length: queries.length / width }, (_, i) => rowOf(queries, keys, width, i));
}

/** The query whose largest share is largest: the one that breaks most. */
export function mostBroken(rows) {
  let worst = 0;
  rows.forEach(({ size }, i) => {
    if (size > rows[worst].size) worst = i;
  });
  return worst;
}

/**
 * What a row shows that was chosen as one that breaks: "right" where a share is beyond the whole (or,
 * where no row of the layer does that, in the row with the largest share), else "calm".
 */
export function breaks(rows, query) {
  const most = rows[mostBroken(rows)].size;
  return rows[query].size > 1 + 1e-6 || rows[query].size === most ? "right" : "calm";
}

/** The largest difference of two arrays, and the largest size in the first. */
export function difference(one, other) {
  let [most, size] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    most = Math.max(most, Math.abs(one[i] - other[i]));
    size = Math.max(size, Math.abs(one[i]));
  }
  return { most, size };
}

/**
 * From which number of tokens on the second time is the smaller one, by a straight line between two
 * measurements on logarithmic axes; null where it never is, the first size where it always is.
 *
 * @param {{ tokens: number, weights: number, sums: number }[]} times in the order of their tokens
 */
export function crossing(times) {
  const gain = times.map(({ weights, sums }) => Math.log(weights / sums));
  let last = gain.length - 1;
  if (last < 0 || gain[last] <= 0) return null;
  while (last > 0 && gain[last - 1] > 0) last--;
  if (last === 0) return times[0].tokens;
  const [low, high] = [times[last - 1], times[last]].map(({ tokens }) => Math.log(tokens));
  const share = -gain[last - 1] / (gain[last] - gain[last - 1]);
  return Math.exp(low + share * (high - low));
}

/** How a guess of the crossing compares with the count of multiplications, where it is `width`. */
export function judgeCrossing(guess, width) {
  if (guess > 1.5 * width) return "high";
  return guess < width / 1.5 ? "low" : "right";
}
