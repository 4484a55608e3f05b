/* A model of a run, computed in the browser from the run's pixels and the model's weights. What it returns is
   what the server derives from a stored run (fixviz/analysis/features.py and rollout.py). */

/** @import { Model } from "../player/types.d.ts" */

import { Network, fixationWeights } from "./network.js";
import { rollout } from "./rollout.js";

export class RunModel {
  /**
   * @param {Model} model with its `network`
   * @param {Float32Array} weights
   * @param {Uint8Array} pixels of the clip as the model sees it, [frames, height, width, 3]
   */
  constructor(model, weights, pixels) {
    this.model = model;
    this.pixels = pixels;
    this.network = new Network(model, weights);
  }

  /** The frames of a window; the last one of the clip is repeated where the clip ends before the window. */
  framesOf(window) {
    const { start, frames } = this.model.windows;
    const last = this.model.window_of_frame.length - 1;
    return Array.from({ length: frames }, (_, t) => Math.min(start[window] + t, last));
  }

  /** Query, key and value of an attention before the shift, each [frames, rows, columns, heads, head_dim] of a window. */
  features(window, axis, layer) {
    return this.network.features(this.pixels, this.framesOf(window), axis, layer);
  }

  /** The projections of an attention's fixation; null without one. */
  fixation(axis, layer) {
    return fixationWeights(this.network.tensors, `blocks.${layer}.attentions.${axis}`);
  }

  /** The probability of each class in a window. */
  probabilities(window) {
    return this.network.probabilities(this.pixels, this.framesOf(window));
  }

  /**
   * The rollout in the window of a frame, from a patch or, without one, from the pooled output.
   *
   * @param {{ frame: number, row: number | null, column: number | null }} request
   */
  rollout({ frame, row, column }) {
    const { grid, windows, window_of_frame: windowOfFrame } = this.model;
    const window = windowOfFrame[frame];
    if (window === undefined) throw new Error(`This run has no frame ${frame}.`);
    const start = new Float32Array(windows.frames * grid.rows * grid.columns);
    const first = windows.start[window];
    if (row === null || column === null) start.fill(1 / start.length);
    else if (row < grid.rows && column < grid.columns)
      start[((frame - first) * grid.rows + row) * grid.columns + column] = 1;
    else throw new Error(`There is no patch (${row}, ${column}) in this grid.`);
    this.probabilities(window);
    const { flow, outside } = rollout(this.network, start);
    return {
      description: { frame, row, column, window, window_start: first, outside },
      map: flow,
    };
  }
}
