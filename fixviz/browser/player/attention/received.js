/* Attention received by each key from all queries of its sequence; 1 = as much as under uniform attention. */

/** @import { Layer, MapRequest } from "../types.d.ts" */

import { fixedRows, forgetReceived, prepare } from "./features.js";
import { chosenHeads, joinHead } from "./heads.js";
import { activeFolds, checkAlpha, placeOfFrame, placeOfToken } from "./layer.js";
import { gatherReceived } from "./sources.js";
import { formWeights } from "./weights.js";
import { BLOCK, address } from "./workspace.js";

/**
 * Attention received by the patches of a frame: `map` [rows * columns], and `outside`, the mean over
 * the slots of the frame of what zeros beyond the border receive (0 by slot). The result of all slots
 * is kept until alpha changes the ratios or a switch the keys.
 *
 * @param {Layer} layer
 * @param {MapRequest} request
 * @param {Float32Array | null} into array to use as `map`
 */
export function received(layer, request, into = null) {
  const { frame, head = "mean", alpha = 1, switches = null, by = "slot" } = request;
  checkAlpha(alpha);
  const { window, position } = placeOfFrame(layer, frame);
  const { places } = layer;
  const heads = chosenHeads(layer, head);
  const total = layer.scratch.total.fill(0, 0, places);
  const source = layer.scratch.map;
  let outside = 0;
  for (const one of heads) {
    const folds = by === "source" ? activeFolds(layer, one, switches) : [];
    const bySlot = (at) => receivedBySlot(layer, window, one, at, alpha, switches);
    const lost = gatherReceived(layer, folds, position, bySlot, source);
    joinHead(total, source, places, head, heads.length);
    outside = head === "max" ? Math.max(outside, lost) : outside + lost / heads.length;
  }
  const map = into ?? new Float32Array(places);
  for (let p = 0; p < places; p++) map[p] = total[p];
  return { map, outside };
}

/** The attention that the slots of the frame at `position` receive in one head, [places]. */
function receivedBySlot(layer, window, head, position, alpha, switches) {
  const { places, length } = layer;
  const [first, last] =
    layer.axis === "spatial" ? [position * length, (position + 1) * length] : [0, layer.tokens];
  const { workspace, state } = prepare(layer, window, head, switches, first, last);
  if (layer.fixation && state.alpha !== alpha) {
    state.alpha = alpha;
    forgetReceived(state);
  }
  if (!state.framesReceived[position]) {
    if (layer.kind.bySums) frameFromSums(layer, workspace, state, position, alpha);
    else framesFromRows(layer, workspace, state, position, alpha);
  }
  return state.received.subarray(position * places, (position + 1) * places);
}

/** The sequences that hold tokens of a frame, as a range. */
function sequencesOf(layer, position) {
  return layer.axis === "spatial" ? [position, position + 1] : [0, layer.sequences];
}

/** k_j . sum_i q_i / (q_i . sum_l k_l) for the slots of a frame. The sums of a sequence serve all its frames. */
function frameFromSums(layer, workspace, state, position, alpha) {
  const { axis, places, length } = layer;
  const { buffers, stride, lineStride } = workspace;
  const bytes = stride * 4;
  const [first, last] = sequencesOf(layer, position);
  // Slots of the frame in each of its sequences: one per place, or all of them in a single sequence.
  const [slot, count] =
    axis === "temporal" ? [position, 1] : [axis === "joint" ? position * places : 0, places];
  for (let sequence = first; sequence < last; sequence++) {
    let keys;
    if (state.summed[sequence])
      keys = fixedRows(workspace, state, "key", sequence * length + slot, count, alpha);
    else keys = sumQueries(layer, workspace, state, sequence, alpha) + slot * bytes;
    const sums = address(buffers.sums, (state.firstSum + sequence) * stride);
    const out = address(buffers.line);
    workspace.products(sums, sums + bytes, keys, keys + count * bytes, bytes, out, lineStride * 4);
    const start = position * places + (axis === "temporal" ? sequence : 0);
    for (let i = 0; i < count; i++) state.received[start + i] = buffers.line[i];
  }
  state.framesReceived[position] = 1;
}

/** Write sum_i q_i / (q_i . sum_l k_l) of a sequence to `sums`; returns the address of its keys. */
function sumQueries(layer, workspace, state, sequence, alpha) {
  const { length } = layer;
  const { buffers, stride, lineStride } = workspace;
  const bytes = stride * 4;
  const { line } = buffers;
  const [keySum, weights] = [address(buffers.keySum), address(line)];
  const keys = fixedRows(workspace, state, "key", sequence * length, length, alpha);
  const queries = fixedRows(workspace, state, "query", sequence * length, length, alpha);
  workspace.weightedSum(keys, keys + length * bytes, address(buffers.ones), bytes, keySum);
  workspace.products(
    keySum,
    keySum + bytes,
    queries,
    queries + length * bytes,
    bytes,
    weights,
    lineStride * 4,
  );
  for (let i = 0; i < length; i++) line[i] = 1 / line[i];
  const out = address(buffers.sums, (state.firstSum + sequence) * stride);
  workspace.weightedSum(queries, queries + length * bytes, weights, bytes, out);
  state.summed[sequence] = 1;
  return keys;
}

/** Add up all rows of the sequences that hold tokens of the frame. */
function framesFromRows(layer, workspace, state, position, alpha) {
  const { length, scratch } = layer;
  const { buffers, stride, lineStride } = workspace;
  const ones = address(buffers.ones);
  const [first, last] = sequencesOf(layer, position);
  for (let sequence = first; sequence < last; sequence++) {
    const keys = fixedRows(workspace, state, "key", sequence * length, length, alpha);
    const queries = fixedRows(workspace, state, "query", sequence * length, length, alpha);
    const sums = scratch.slots.fill(0);
    for (let query = 0; query < length; query += BLOCK) {
      const count = Math.min(BLOCK, length - query);
      formWeights(layer, workspace, queries + query * stride * 4, count, keys);
      const lines = address(buffers.scores);
      workspace.weightedSum(
        lines,
        lines + count * lineStride * 4,
        ones,
        lineStride * 4,
        address(buffers.line),
      );
      for (let j = 0; j < length; j++) sums[j] += buffers.line[j];
    }
    for (let slot = 0; slot < length; slot++) {
      state.received[placeOfToken(layer, sequence * length + slot)] = sums[slot];
    }
  }
  if (layer.axis === "spatial") state.framesReceived[position] = 1;
  else state.framesReceived.fill(1);
}
