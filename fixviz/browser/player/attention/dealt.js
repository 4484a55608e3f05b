/* The control of feature fixation: the same ratios, dealt to other tokens. */

/** @import { Layer } from "../types.d.ts" */

import { prepare } from "./features.js";
import { placeOfFrame } from "./layer.js";

const DECAYS = ["queryDecay", "keyDecay"];

/**
 * Give each patch of a frame the fixation ratios (of query and key, all heads and channels) of another patch:
 * patch i gets those of patch `order[i]`. Maps and curves of that frame hold for the dealt ratios from then on,
 * until `takeBackRatios`, or until a direction is switched. Throws an Error where the layer is not a spatial one
 * with fixation.
 *
 * @param {Layer} layer
 * @param {number} frame
 * @param {ArrayLike<number>} order a permutation of the patches
 */
export function dealRatios(layer, frame, order) {
  if (layer.axis !== "spatial" || !layer.fixation)
    throw new Error("Ratios can be dealt among the patches of a spatial attention with fixation.");
  takeBackRatios(layer, frame);
  const { window, position } = placeOfFrame(layer, frame);
  const first = position * layer.length;
  for (let head = 0; head < layer.heads; head++) {
    const { workspace, state } = prepare(layer, window, head, null, first, first + layer.length);
    const { buffers, stride } = workspace;
    const start = (state.first + first) * stride;
    for (const name of DECAYS) {
      const rows = buffers[name].subarray(start, start + layer.length * stride);
      const before = rows.slice();
      for (let i = 0; i < layer.length; i++) {
        const from = order[i] * stride;
        rows.set(before.subarray(from, from + stride), i * stride);
      }
    }
  }
}

/**
 * Give every patch its own ratios again.
 *
 * @param {Layer} layer
 * @param {number} frame
 */
export function takeBackRatios(layer, frame) {
  layer.prepared.delete(placeOfFrame(layer, frame).window);
}
