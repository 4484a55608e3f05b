/* What an attention makes of query, key and value: weights times shifted values, before the output
   projection. Weights come from the modules that also draw them (player/attention). */

/** @import { Features, Fold, Layer } from "../player/types.d.ts" */
/** @import { Rows } from "./memory.js" */

import { fixedRows, prepare } from "../player/attention/features.js";
import {
  activeFolds,
  neighborPlace,
  placeOfToken,
  renewWindow,
} from "../player/attention/layer.js";
import { formWeights } from "../player/attention/weights.js";
import { BLOCK, address } from "../player/attention/workspace.js";

/** The one window that a layer of a network holds at a time. */
export const ONLY = 0;

/**
 * Give a layer the features of a window and write the mixed values of its tokens.
 *
 * @param {Layer} layer one that `mixes`
 * @param {Features} features
 * @param {Rows} out [tokens, heads * width]
 */
export function mix(layer, features, out) {
  renewWindow(layer, ONLY, features);
  for (let head = 0; head < layer.heads; head++) {
    const { workspace, state } = prepare(layer, ONLY, head, null, 0, layer.tokens);
    const folds = activeFolds(layer, head, null);
    for (let sequence = 0; sequence < layer.sequences; sequence++) {
      shiftValues(layer, features.value, workspace, head, folds, sequence);
      mixSequence(layer, workspace, state, head, sequence, out);
    }
  }
}

/** Write v' of the tokens of a sequence to the workspace. */
function shiftValues(layer, value, { buffers, stride }, head, folds, sequence) {
  const { length, heads, width } = layer;
  for (let slot = 0; slot < length; slot++) {
    const place = placeOfToken(layer, sequence * length + slot);
    const own = (place * heads + head) * width;
    const at = slot * stride;
    for (let c = 0; c < width; c++) buffers.value[at + c] = value[own + c];
    for (const fold of folds) {
      const neighbor = neighborPlace(layer, fold, place);
      if (neighbor < 0 && fold.keeps_own) continue;
      const from = (neighbor * heads + head) * width;
      for (let c = fold.start; c < fold.stop; c++)
        buffers.value[at + c] = neighbor < 0 ? 0 : value[from + c];
    }
  }
}

function mixSequence(layer, workspace, state, head, sequence, out) {
  const { length, width } = layer;
  const { buffers, stride, lineStride, weightedSum } = workspace;
  const bytes = stride * 4;
  const first = sequence * length;
  const keys = fixedRows(workspace, state, "key", first, length, 1);
  const queries = fixedRows(workspace, state, "query", first, length, 1);
  const values = address(buffers.value);
  const mixed = address(buffers.mixed);
  const share = shareOfWeights(layer, workspace, keys, queries);
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start);
    formWeights(layer, workspace, queries + start * bytes, count, keys);
    for (let i = 0; i < count; i++) {
      const line = address(buffers.scores, i * lineStride);
      weightedSum(values, values + length * bytes, line, bytes, mixed);
      const part = share(start + i);
      const to = placeOfToken(layer, first + start + i) * out.stride + head * width;
      for (let c = 0; c < width; c++) out.values[to + c] = part ? part * buffers.mixed[c] : 0;
    }
  }
}

/**
 * What part of its weights the network gives a query: all of them, or s / (s + epsilon) where it adds an
 * epsilon to the normalizer s, which the weights leave out.
 */
function shareOfWeights({ kind, length, width }, { buffers, stride, weightedSum }, keys, queries) {
  if (!kind.epsilon) return () => 1;
  const bytes = stride * 4;
  weightedSum(keys, keys + length * bytes, address(buffers.ones), bytes, address(buffers.keySum));
  const sum = buffers.keySum.slice();
  const rows = new Float32Array(buffers.keySum.buffer, queries, length * stride);
  return (query) => {
    let normalizer = 0;
    for (let c = 0; c < width; c++) normalizer += sum[c] * rows[query * stride + c];
    return normalizer / (normalizer + kind.epsilon);
  };
}
