/* Both orders of linear attention's sum, with the player's kernels: numbers of 32 bits, four at a time. */

import { createKernels } from "../../player/attention/kernels.js";

const PAGE = 65536;
const FLOAT = 4;
/** Queries whose weights are formed at once. */
const BLOCK = 32;
/** Kernels read and write up to three rows beyond the ends. */
const BEYOND = 4;

const roundUp = (count, multiple) => Math.ceil(count / multiple) * multiple;

/**
 * Lay the rows of one head out in memory, feature map applied.
 *
 * @param {Float32Array} queries [tokens, width]
 * @param {Float32Array} keys
 * @param {Float32Array} values
 * @param {number} width
 */
export function layOut(queries, keys, values, width) {
  const tokens = queries.length / width;
  const stride = roundUp(width, 8);
  const line = roundUp(tokens, 8);
  const sizes = {
    query: (tokens + BEYOND) * stride,
    key: (tokens + BEYOND) * stride,
    value: (tokens + BEYOND) * stride,
    // Keys channel by channel: kᵀ.
    channels: (width + BEYOND) * line,
    scores: (BLOCK + BEYOND) * line,
    sums: (width + BEYOND) * stride,
    out: (tokens + BEYOND) * stride,
  };
  const floats = Object.values(sizes).reduce((total, size) => total + roundUp(size, 16), 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((floats * FLOAT) / PAGE) });
  let start = 0;
  const buffers = {};
  for (const [name, size] of Object.entries(sizes)) {
    buffers[name] = new Float32Array(memory.buffer, start * FLOAT, size);
    start += roundUp(size, 16);
  }
  for (let i = 0; i < tokens; i++) {
    for (let c = 0; c < width; c++) {
      buffers.query[i * stride + c] = queries[i * width + c];
      buffers.key[i * stride + c] = keys[i * width + c];
      buffers.value[i * stride + c] = values[i * width + c];
      buffers.channels[c * line + i] = keys[i * width + c];
    }
  }
  return { tokens, width, stride, line, buffers, kernels: createKernels(memory) };
}

/** (q kᵀ) v: all weights of a query, divided by their sum, then the weighted sum of the values. */
export function weightsFirst({ tokens, stride, line, buffers, kernels }) {
  const { query, key, value, scores, out } = buffers;
  const [row, lineBytes] = [stride * FLOAT, line * FLOAT];
  const lines = scores.byteOffset;
  for (let from = 0; from < tokens; from += BLOCK) {
    const count = Math.min(BLOCK, tokens - from);
    const first = query.byteOffset + from * row;
    kernels.products(
      first,
      first + count * row,
      key.byteOffset,
      key.byteOffset + tokens * row,
      row,
      lines,
      lineBytes,
    );
    for (let i = 0; i < count; i++) scores.fill(0, i * line + tokens, (i + 1) * line);
    kernels.normalize(lines, lines + count * lineBytes, lineBytes);
    for (let i = 0; i < count; i++) {
      kernels.weightedSum(
        value.byteOffset,
        value.byteOffset + tokens * row,
        lines + i * lineBytes,
        row,
        out.byteOffset + (from + i) * row,
      );
    }
  }
  return out;
}

/** q (kᵀ v): the sums over the keys once, then each query's product with them, over q times the sum of the keys. */
export function sumsFirst({ tokens, width, stride, line, buffers, kernels }) {
  const { query, channels, value, sums, out } = buffers;
  const row = stride * FLOAT;
  for (let c = 0; c < width; c++) {
    kernels.weightedSum(
      value.byteOffset,
      value.byteOffset + tokens * row,
      channels.byteOffset + c * line * FLOAT,
      row,
      sums.byteOffset + c * row,
    );
  }
  const keySums = new Float64Array(width);
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let j = c * line, end = j + tokens; j < end; j++) sum += channels[j];
    keySums[c] = sum;
  }
  for (let i = 0; i < tokens; i++) {
    const at = i * stride;
    kernels.weightedSum(
      sums.byteOffset,
      sums.byteOffset + width * row,
      query.byteOffset + at * FLOAT,
      row,
      out.byteOffset + at * FLOAT,
    );
    let sum = 0;
    for (let c = 0; c < width; c++) sum += query[at + c] * keySums[c];
    const scale = 1 / sum;
    for (let c = at; c < at + width; c++) out[c] *= scale;
  }
  return out;
}

/** The output of an order without the padding: [tokens, width]. */
export function outputOf(laid, order) {
  const out = order(laid);
  const { tokens, width, stride } = laid;
  const found = new Float32Array(tokens * width);
  for (let i = 0; i < tokens; i++)
    found.set(out.subarray(i * stride, i * stride + width), i * width);
  return found;
}
