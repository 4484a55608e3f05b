/* From key slots to source tokens: a slot that takes part of its channels from a neighbor gives the
   neighbor that share of its weight. Shares on zeros beyond the border count as outside. */

/** @import { Fold, Layer } from "../types.d.ts" */

import { neighborPlace, placeOfToken } from "./layer.js";

/**
 * Add the weight on each slot of a sequence of one head to the places from which its channels come.
 * Returns the weight outside.
 *
 * @param {Layer} layer
 * @param {Fold[]} folds of the head that are switched on
 * @param {number} sequence
 * @param {ArrayLike<number>} weights
 * @param {Float64Array} out [frames, rows, columns]
 */
export function scatterRow(layer, folds, sequence, weights, out) {
  let outside = 0;
  for (let slot = 0; slot < layer.length; slot++) {
    const place = placeOfToken(layer, sequence * layer.length + slot);
    let own = weights[slot];
    for (const fold of folds) {
      const neighbor = neighborPlace(layer, fold, place);
      if (neighbor < 0 && fold.keeps_own) continue;
      const moved = (weights[slot] * (fold.stop - fold.start)) / layer.width;
      own -= moved;
      if (neighbor < 0) outside += moved;
      else out[neighbor] += moved;
    }
    out[place] += own;
  }
  return outside;
}

/**
 * Compute the attention that the source tokens of the frame at `position` receive from that of the
 * slots, and write it to `out`. Returns the mean over the frame's slots of what lies outside.
 *
 * @param {Layer} layer
 * @param {Fold[]} folds of the head that are switched on
 * @param {number} position
 * @param {(position: number) => ArrayLike<number>} bySlot the map [places] of a frame of the window
 * @param {Float64Array} out [places]
 */
export function gatherReceived(layer, folds, position, bySlot, out) {
  const { places, width } = layer;
  const start = position * places;
  const slots = bySlot(position);
  for (let p = 0; p < places; p++) out[p] = slots[p];
  let outside = 0;
  for (const fold of folds) {
    const share = (fold.stop - fold.start) / width;
    for (let p = 0; p < places; p++) {
      const neighbor = neighborPlace(layer, fold, start + p);
      if (neighbor < 0 && fold.keeps_own) continue;
      out[p] -= share * slots[p];
      if (neighbor < 0) outside += share * slots[p];
    }
  }
  for (const fold of folds) {
    const reader = position - fold.dt;
    if (reader < 0 || reader >= layer.frames) continue;
    const share = (fold.stop - fold.start) / width;
    const others = bySlot(reader);
    for (let p = 0; p < places; p++) {
      const from = neighborPlace(layer, fold, start + p, -1);
      if (from >= 0) out[p] += share * others[from - reader * places];
    }
  }
  return outside / places;
}
