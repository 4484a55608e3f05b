/* Attention weights of one query over the keys of its axis. */

/** @import { Layer, Row, RowRequest } from "../types.d.ts" */

import { fixedRows, prepare } from "./features.js";
import { figuresOf } from "./figures.js";
import { chosenHeads, joinHead } from "./heads.js";
import { activeFolds, checkAlpha, placeOfFrame, tokenOfPlace } from "./layer.js";
import { scatterRow } from "./sources.js";
import { formWeights } from "./weights.js";

/**
 * The attention weights of a query patch.
 *
 * By slot their shape is [rows, columns] of the query's frame (spatial), [frames] at its place
 * (temporal) or [frames, rows, columns] (joint); by source it is always [frames, rows, columns].
 * Frames are those of the window. `sum` and `figures` belong to the weights by slot; they are null for
 * head "max", the largest weight of any head on each key, which is no distribution.
 *
 * @param {Layer} layer
 * @param {RowRequest} request
 * @param {Float32Array | null} into array to use as `weights`
 * @returns {Row}
 */
export function row(layer, request, into = null) {
  const { head = "mean", alpha = 1, switches = null, by = "slot" } = request;
  checkAlpha(alpha);
  const { window, position } = placeOfFrame(layer, request.frame);
  const place = position * layer.places + request.row * layer.columns + request.column;
  const query = tokenOfPlace(layer, place);
  const sequence = Math.floor(query / layer.length);
  const heads = chosenHeads(layer, head);
  const { map } = layer.scratch;
  const shape = shapeOf(layer, by);
  const size = shape.reduce((product, length) => product * length, 1);
  const slots = layer.scratch.slots.fill(0);
  const total = layer.scratch.total.fill(0, 0, size);
  let outside = 0;
  for (const one of heads) {
    const weights = headRow(layer, window, one, query, alpha, switches);
    joinHead(slots, weights, layer.length, head, heads.length);
    if (by === "slot") continue;
    const lost = scatterRow(
      layer,
      activeFolds(layer, one, switches),
      sequence,
      weights,
      map.fill(0),
    );
    joinHead(total, map, size, head, heads.length);
    outside = head === "max" ? Math.max(outside, lost) : outside + lost / heads.length;
  }
  const found = into ?? new Float32Array(size);
  const from = by === "slot" ? slots : total;
  for (let i = 0; i < size; i++) found[i] = from[i];
  const distribution = head === "max" ? { sum: null, figures: null } : summary(layer, slots);
  return { weights: found, shape, window, position, outside, ...distribution };
}

function shapeOf({ axis, frames, rows, columns }, by) {
  if (by === "source" || axis === "joint") return [frames, rows, columns];
  return axis === "temporal" ? [frames] : [rows, columns];
}

/** The weights of one head by slot; they last until the next call of formWeights. */
function headRow(layer, window, head, query, alpha, switches) {
  const { length } = layer;
  const first = query - (query % length);
  const { workspace, state } = prepare(layer, window, head, switches, first, first + length);
  const queries = fixedRows(workspace, state, "query", query, 1, alpha);
  const keys = fixedRows(workspace, state, "key", first, length, alpha);
  formWeights(layer, workspace, queries, 1, keys);
  return workspace.buffers.scores;
}

function summary(layer, slots) {
  const sum = slots.reduce((total, weight) => total + weight, 0);
  return { sum, figures: figuresOf(slots, layer.length, layer.scratch.sorted) };
}
