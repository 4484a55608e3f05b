/* Concentration of every frame. It takes the rows of all queries, and seconds on large grids. */

/** @import { Layer, MapRequest } from "../types.d.ts" */

import { fixedRows, prepare } from "./features.js";
import { entropyOf } from "./figures.js";
import { chosenHeads } from "./heads.js";
import { checkAlpha, hasFrame, placeOfFrame } from "./layer.js";
import { formWeights } from "./weights.js";
import { BLOCK } from "./workspace.js";

/**
 * The mean concentration (1 - H / ln N) of the queries of each frame, one entry for each frame; NaN
 * where N = 1 and where the features of a window have not come.
 *
 * @param {Layer} layer
 * @param {MapRequest} request of which `head`, `alpha` and `switches` count
 */
export function concentration(layer, request = {}) {
  const curve = new Float32Array(layer.windowOfFrame.length).fill(NaN);
  for (const { frame, value } of concentrations(layer, request)) curve[frame] = value;
  return curve;
}

/**
 * Yield `{ frame, value }` of the same curve frame by frame, so that the caller can stop in between.
 *
 * @param {Layer} layer
 * @param {MapRequest} request
 */
export function* concentrations(layer, request = {}) {
  for (let frame = 0; frame < layer.windowOfFrame.length; frame++) {
    if (hasFrame(layer, frame))
      yield { frame, value: frameConcentration(layer, { ...request, frame }) };
  }
}

/**
 * The same for one frame. Throws an Error where the features of its window have not come.
 *
 * @param {Layer} layer
 * @param {MapRequest} request
 */
export function frameConcentration(layer, { frame, head = "mean", alpha = 1, switches = null }) {
  checkAlpha(alpha);
  const heads = chosenHeads(layer, head);
  const { window, position } = placeOfFrame(layer, frame);
  let sum = 0;
  for (const one of heads) sum += meanEntropy(layer, window, one, position, alpha, switches);
  const value = 1 - sum / heads.length / Math.log(layer.length);
  return layer.length > 1 ? Math.max(value, 0) : NaN;
}

/** The mean entropy of the rows of a frame's queries in one head. */
function meanEntropy(layer, window, head, position, alpha, switches) {
  const { axis, places } = layer;
  let sum = 0;
  if (axis === "temporal") {
    for (let place = 0; place < places; place++) {
      sum += entropies(layer, window, head, place, position, 1, alpha, switches);
    }
  } else if (axis === "spatial") {
    sum = entropies(layer, window, head, position, 0, places, alpha, switches);
  } else {
    sum = entropies(layer, window, head, 0, position * places, places, alpha, switches);
  }
  return sum / places;
}

/** The sum of the entropies of the rows of `count` queries of a sequence, from slot `slot` on. */
function entropies(layer, window, head, sequence, slot, count, alpha, switches) {
  const { length } = layer;
  const start = sequence * length;
  const { workspace, state } = prepare(layer, window, head, switches, start, start + length);
  const { buffers, stride, lineStride } = workspace;
  const keys = fixedRows(workspace, state, "key", start, length, alpha);
  const queries = fixedRows(workspace, state, "query", start + slot, count, alpha);
  let sum = 0;
  for (let query = 0; query < count; query += BLOCK) {
    const rows = Math.min(BLOCK, count - query);
    formWeights(layer, workspace, queries + query * stride * 4, rows, keys);
    for (let i = 0; i < rows; i++) sum += entropyOf(buffers.scores, i * lineStride, length);
  }
  return sum;
}
