/* What the tests share: comparing numbers, a layer of a few tokens, a manifest of two models. */

import assert from "node:assert/strict";

const STATIC = "../../fixviz/browser/player";
const { createLayer, setWindow } = await import(`${STATIC}/attention/layer.js`);

/** Fails unless two lists of numbers agree within `tolerance`, NaN with NaN. */
export function assertClose(actual, expected, tolerance = 1e-6) {
  const [found, known] = [actual, expected].map((list) => Array.from(list));
  assert.equal(found.length, known.length, `${found.length} numbers instead of ${known.length}`);
  known.forEach((value, i) => {
    const same = Number.isNaN(value)
      ? Number.isNaN(found[i])
      : Math.abs(found[i] - value) <= tolerance;
    assert.ok(same, `number ${i} is ${found[i]} instead of ${value}`);
  });
}

/** A layer with the features of one window; `meta` changes a spatial softmax layer of one frame, 1 x 3 patches. */
export function smallLayer(meta, features, weights = null) {
  const whole = {
    axis: "spatial",
    attention: "softmax",
    fixation: "none",
    segment: null,
    folds: [],
    windows: [0],
    window_of_frame: Array(meta.frames ?? 1).fill(0),
    frames: 1,
    rows: 1,
    columns: 3,
    heads: 1,
    head_dim: 1,
    ...meta,
  };
  const layer = createLayer(whole, weights);
  const size = layer.tokens * layer.heads * layer.width;
  const filled = Object.fromEntries(
    ["query", "key", "value"].map((name) => [
      name,
      Float32Array.from(features[name] ?? Array(size).fill(0)),
    ]),
  );
  setWindow(layer, 0, filled);
  return layer;
}

const GRID = { rows: 3, columns: 5, stride: 8, display_per_model: [2, 4] };

/** A run of 5 frames in two windows of 3, with two models of unequal sizes. */
export function manifest() {
  const model = {
    note: "",
    checkpoint_sha256: "0123456789abcdef",
    classes: ["left", "right"],
    windows: { start: [0, 2], frames: 3 },
    window_of_frame: [0, 0, 1, 1, 1],
    probabilities: [
      [0.25, 0.75],
      [0.5, 0.5],
    ],
  };
  return {
    clip: { name: "My clip.mp4", width: 340, height: 256, fps: 8 },
    display: { width: 340, height: 256 },
    frames: { index: [0, 3, 6, 9, 12], timestamp_s: [0, 0.125, 0.25, 0.375, 0.5] },
    metrics: ["entropy", "concentration"],
    opening_frame: 2,
    models: [
      {
        ...model,
        name: "plain",
        title: "Plain",
        grid: GRID,
        layers: 2,
        heads: 3,
        axes: ["temporal"],
        fixation: "none",
        neighbors: {},
      },
      {
        ...model,
        name: "fixed",
        title: "Fixed",
        grid: { rows: 2, columns: 4, stride: 12, display_per_model: [2, 4] },
        layers: 4,
        heads: 2,
        axes: ["temporal", "spatial"],
        fixation: "cooperative",
        neighbors: {
          spatial: [
            { label: "next frame", dt: 1, dy: 0, dx: 0, heads: [0], channels: 2 },
            { label: "previous frame", dt: -1, dy: 0, dx: 0, heads: [1], channels: 2 },
          ],
        },
      },
    ],
    arrays: {},
    files: {},
  };
}
