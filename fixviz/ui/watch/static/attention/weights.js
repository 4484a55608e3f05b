/* Attention weights: from products of queries and keys to rows that sum to 1. */

import { address } from "./workspace.js";

/** A score whose weight is 0. */
const NO_SCORE = -1e30;

/**
 * Weights of `count` queries over the keys of a sequence (both addresses of rows with their ratios applied), into the
 * first lines of `workspace.buffers.scores`; at most BLOCK queries. Linear: q . k over its sum, without the 1e-6 that
 * the network adds to its normalizer. Softmax: of q . k / sqrt(d). A line ends in weights of 0 up to its stride.
 */
export function formWeights(layer, workspace, queries, count, keys) {
  const { length, width, linear } = layer;
  const { stride, lineStride, buffers } = workspace;
  const [bytes, lineBytes] = [stride * 4, lineStride * 4];
  const lines = address(buffers.scores);
  const end = lines + count * lineBytes;
  workspace.products(
    queries,
    queries + count * bytes,
    keys,
    keys + length * bytes,
    bytes,
    lines,
    lineBytes,
  );
  for (let i = 0; i < count; i++) {
    buffers.scores.fill(linear ? 0 : NO_SCORE, i * lineStride + length, (i + 1) * lineStride);
  }
  if (!linear) workspace.exponentials(lines, end, lineBytes, 1 / Math.sqrt(width));
  workspace.normalize(lines, end, lineBytes);
}
