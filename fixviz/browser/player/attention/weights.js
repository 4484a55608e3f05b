/* Attention weights: from the products of queries and keys to rows that sum to 1. */

/** @import { Layer, Workspace } from "../types.d.ts" */

import { address } from "./workspace.js";

/**
 * Compute the weights of up to BLOCK queries over the keys of a sequence and write them to the first
 * lines of `workspace.buffers.scores`. A line ends in weights of 0 up to its stride.
 *
 * @param {Layer} layer
 * @param {Workspace} workspace
 * @param {number} queries address of the first query, with its ratios applied
 * @param {number} count of queries
 * @param {number} keys address of the first key, with its ratios applied
 */
export function formWeights(layer, workspace, queries, count, keys) {
  const { length, width, kind } = layer;
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
    buffers.scores.fill(kind.noScore, i * lineStride + length, (i + 1) * lineStride);
  }
  kind.weigh(workspace, lines, end, lineBytes, width);
}
