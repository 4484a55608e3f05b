/* One head of attention on random numbers, with the player's kernels: numbers of 32 bits, four at a time. */

/** @import { Rows } from "../network/memory.js" */

import { Plan, fillRows } from "../network/memory.js";

const FLOAT = 4;
/** Queries whose weights, or tokens whose ratios, are computed at once. */
const BLOCK = 32;
/** Its exponential is 0. */
const NO_SCORE = -1e30;
const EPSILON = 1e-6;

/** Which tables a kind needs beside query, key and value: names with their rows and columns. */
const TABLES = {
  softmax: (tokens) => ({ scores: [BLOCK, tokens] }),
  linear: sumTables,
  fixation: (tokens, width) => {
    const stride = roundUp(width);
    return {
      ...sumTables(tokens, width),
      seen: [BLOCK, 3 * stride],
      logits: [BLOCK, stride],
      decays: [BLOCK, stride],
      queryWeight: [stride, 3 * stride],
      keyWeight: [stride, 3 * stride],
      queryBias: [1, stride],
      keyBias: [1, stride],
    };
  },
};

/** How the output of each kind is computed from its tables. */
const RUNS = { softmax, linear, fixation };

function sumTables(tokens, width) {
  return {
    phiQuery: [tokens, width],
    phiKey: [tokens, width],
    // Keys channel by channel: kᵀ.
    channels: [width, tokens],
    sums: [width, width],
  };
}

/** Rows begin at multiples of eight numbers (network/memory.js). */
function roundUp(count) {
  return Math.ceil(count / 8) * 8;
}

/** Bytes that a kind takes beside query, key and value. */
export function bytesOf(kind, tokens, width) {
  const tables = Object.values({ out: [tokens, width], ...TABLES[kind](tokens, width) });
  return tables.reduce((sum, [rows, columns]) => sum + rows * roundUp(columns) * FLOAT, 0);
}

/**
 * The computation of one head: a function that writes the output to `out` and returns it.
 *
 * @param {"softmax" | "linear" | "fixation"} kind
 * @param {number} tokens
 * @param {number} width
 * @param {Record<string, Float32Array>} given query, key and value [tokens, width], and for fixation queryWeight and
 *   keyWeight [width, 3 width], queryBias and keyBias [width]
 * @returns {() => Rows}
 */
export function computation(kind, tokens, width, given) {
  const plan = new Plan();
  const sizes = TABLES[kind](tokens, width);
  const t = /** @type {Record<string, Rows>} */ ({});
  for (const name of ["query", "key", "value", "out"]) t[name] = plan.rows(tokens, width);
  for (const [name, [rows, columns]] of Object.entries(sizes)) t[name] = plan.rows(rows, columns);
  const kernels = plan.allocate();
  for (const name of ["query", "key", "value"]) fillRows(t[name], given[name]);
  if (kind === "fixation") {
    for (const name of ["query", "key"]) {
      padWeight(t[`${name}Weight`], given[`${name}Weight`], width);
      t[`${name}Bias`].values.set(given[`${name}Bias`]);
    }
  }
  const run = /** @type {(tables: any, kernels: any) => void} */ (RUNS[kind]);
  return () => {
    run(t, kernels);
    return t.out;
  };
}

/** Copy a projection from three parts of `width` numbers, each of which is filled up to a whole row. */
function padWeight({ values, stride }, weight, width) {
  for (let output = 0; output < width; output++) {
    for (let part = 0; part < 3; part++) {
      const from = (3 * output + part) * width;
      values.set(weight.subarray(from, from + width), output * stride + (part * stride) / 3);
    }
  }
}

/** All weights of a block of queries, then the weighted sums of the values. */
function softmax({ query, key, value, scores, out }, kernels) {
  const { count: tokens, stride, width } = query;
  const [row, line] = [stride * FLOAT, scores.stride * FLOAT];
  for (let from = 0; from < tokens; from += BLOCK) {
    const count = Math.min(BLOCK, tokens - from);
    const [first, lines] = [query.address + from * row, scores.address];
    const keys = key.address;
    kernels.products(first, first + count * row, keys, keys + tokens * row, row, lines, line);
    for (let i = 0; i < count; i++)
      scores.values.fill(NO_SCORE, i * scores.stride + tokens, (i + 1) * scores.stride);
    kernels.exponentials(lines, lines + count * line, line, 1 / Math.sqrt(width));
    kernels.normalize(lines, lines + count * line, line);
    for (let i = 0; i < count; i++)
      weighted(kernels, value, lines + i * line, out.address + (from + i) * row);
  }
}

/** Write the sum of the rows of a table, each times its weight, to an address. */
function weighted(kernels, rows, weights, to) {
  const bytes = rows.stride * FLOAT;
  kernels.weightedSum(rows.address, rows.address + rows.count * bytes, weights, bytes, to);
}

function linear(t, kernels) {
  mapFeatures(t.query, t.phiQuery);
  mapFeatures(t.key, t.phiKey);
  sumsFirst(t, kernels);
}

/** Write ReLU(z) + 1 / sqrt(d) of each number. */
function mapFeatures({ values, stride, width, count }, to) {
  const lift = width ** -0.5;
  for (let at = 0; at < count * stride; at += stride)
    for (let c = at; c < at + width; c++) to.values[c] = Math.max(values[c], 0) + lift;
}

/** q (kᵀ v), over q times the sum of the keys. */
function sumsFirst({ phiQuery, phiKey, value, channels, sums, out }, kernels) {
  const { count: tokens, stride, width } = phiQuery;
  const [row, line] = [stride * FLOAT, channels.stride];
  const keySum = new Float64Array(width);
  for (let i = 0; i < tokens; i++) {
    for (let c = 0; c < width; c++) {
      const number = phiKey.values[i * stride + c];
      channels.values[c * line + i] = number;
      keySum[c] += number;
    }
  }
  for (let c = 0; c < width; c++)
    weighted(kernels, value, channels.address + c * line * FLOAT, sums.address + c * row);
  for (let i = 0; i < tokens; i++) {
    const at = i * stride;
    weighted(kernels, sums, phiQuery.address + at * FLOAT, out.address + at * FLOAT);
    let sum = EPSILON;
    for (let c = 0; c < width; c++) sum += phiQuery.values[at + c] * keySum[c];
    for (let c = at; c < at + width; c++) out.values[c] /= sum;
  }
}

/** Multiply query and key by the ratios sigmoid(W [q, k, v] + b), then as linear attention. */
function fixation(t, kernels) {
  mapFeatures(t.query, t.phiQuery);
  mapFeatures(t.key, t.phiKey);
  const { count: tokens, stride } = t.query;
  for (let from = 0; from < tokens; from += BLOCK) {
    const count = Math.min(BLOCK, tokens - from);
    for (let i = 0; i < count; i++) {
      const at = (from + i) * stride;
      [t.phiQuery, t.phiKey, t.value].forEach(({ values }, part) =>
        t.seen.values.set(values.subarray(at, at + stride), (3 * i + part) * stride),
      );
    }
    for (const [rows, weight, bias] of [
      [t.phiQuery, t.queryWeight, t.queryBias],
      [t.phiKey, t.keyWeight, t.keyBias],
    ])
      fix(kernels, t, rows, weight, bias, from, count);
  }
  sumsFirst(t, kernels);
}

/** Multiply `count` rows from `from` on by their ratios. A ratio r is kept as -log2(r). */
function fix(kernels, { seen, logits, decays }, rows, weight, bias, from, count) {
  const [wide, row] = [seen.stride * FLOAT, logits.stride * FLOAT];
  kernels.products(
    seen.address,
    seen.address + count * wide,
    weight.address,
    weight.address + weight.count * wide,
    wide,
    logits.address,
    row,
  );
  for (let i = 0; i < count; i++) {
    const logit = logits.address + i * row;
    kernels.decays(logit, logit + row, bias.address, decays.address + i * row);
  }
  const first = rows.address + from * row;
  kernels.fade(first, first + count * row, decays.address, 1, first);
}

/** Random query, key and value, and the projections of fixation, for `computation`. */
export function randomNumbers(tokens, width) {
  const random = (count) => Float32Array.from({ length: count }, () => Math.random() - 0.5);
  return {
    ...Object.fromEntries(["query", "key", "value"].map((name) => [name, random(tokens * width)])),
    queryWeight: random(3 * width * width),
    keyWeight: random(3 * width * width),
    queryBias: random(width),
    keyBias: random(width),
  };
}
