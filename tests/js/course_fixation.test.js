/* Feature fixation of a few tokens, computed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cycle,
  dealtOutcome,
  dialOutcome,
  largest,
  oneRatio,
  ratioOutcome,
  sharedTop,
  sigmoid,
  tellingChannel,
} from "../../fixviz/browser/course/figures/fixation_math.js";
import {
  concentration,
  dealRatios,
  fixationInputs,
  ratioMaps,
  received,
  takeBackRatios,
} from "../../fixviz/browser/player/attention/index.js";
import { assertClose, smallLayer } from "./known.js";

const LN3 = Math.log(3);

/** Two channels; W of channel 1 is [1 0 | 0 2 | -1 1], b = 0.5. */
const PROJECTION = {
  weight: Float32Array.from([9, 9, 9, 9, 9, 9, 1, 0, 0, 2, -1, 1]),
  bias: Float32Array.from([9, 0.5]),
};
const INPUTS = [
  [2, 7],
  [5, 0.25],
  [1, -3],
].map((part) => Float32Array.from(part));

test("one ratio, step by step", () => {
  const found = oneRatio(INPUTS, PROJECTION, 1);
  assertClose(found.sums, [2, 0.5, -4]);
  assertClose([found.bias, found.logit], [0.5, -1]);
  assertClose([found.ratio], [1 / (1 + Math.E)]);
  assertClose(found.rows[2], [-1, 1]);
});

test("the telling channel has a logit near 1 or -1", () => {
  assert.equal(tellingChannel([0, -7, -1.2, 3]), 2);
  assert.equal(tellingChannel([4, 0.4]), 1);
});

test("the mistakes of the last stage", () => {
  // sigmoid(-ln 3) = 1/4
  assert.equal(ratioOutcome(0.27, -LN3), "right");
  assert.equal(ratioOutcome(0.75, -LN3), "mirrored");
  assert.equal(ratioOutcome(0.2, 0.2), "logit");
  // A logit outside the plot cannot be placed: its end is no sign of this mistake.
  assert.equal(ratioOutcome(0, -LN3), "low");
  assert.equal(ratioOutcome(1, LN3), "high");
  assert.equal(ratioOutcome(0.12, -LN3), "low");
  assert.equal(ratioOutcome(0.5, -LN3), "high");
  assertClose([sigmoid(LN3)], [0.75]);
});

test("the mistakes of the prediction at dial 0, 1 and 2", () => {
  const known = [0.1, 0.4, 0.6];
  assert.equal(dialOutcome([0.05, 0.3, 0.7], known), "right");
  assert.equal(dialOutcome([0.4, 0.4, 0.6], known), "learned");
  assert.equal(dialOutcome([0.6, 0.4, 0.1], known), "order");
  assert.equal(dialOutcome([0.1, 0.8, 0.9], known), "size");
  // Where the dial does nothing, a flat prediction is right.
  assert.equal(dialOutcome([0.2, 0.2, 0.2], [0.2, 0.22, 0.21]), "right");
});

test("the mistakes of the prediction for dealt ratios", () => {
  assert.equal(dealtOutcome(0.35, 0.3), "right");
  assert.equal(dealtOutcome(0.1, 0.3), "low");
  assert.equal(dealtOutcome(0.9, 0.3), "high");
});

test("a cycle visits every place once before it returns", () => {
  for (const seed of [0, 1, 2]) {
    const order = cycle(7, seed);
    const visited = [0];
    while (order[visited.at(-1)] !== 0) visited.push(order[visited.at(-1)]);
    assert.deepEqual(visited.toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  }
  assert.deepEqual(cycle(7, 1), cycle(7, 1));
  assert.notDeepEqual(cycle(31, 1), cycle(31, 2));
});

test("how many of the strongest patches two maps share", () => {
  assert.equal(sharedTop([5, 4, 3, 0, 0], [0, 9, 8, 7, 0], 3), 2);
  assert.equal(largest([1, 7, 3]), 1);
});

/**
 * One frame of 1 x 3 patches, one head of one channel, linear attention with separate fixation: W = 1, b = 0 see
 * phi = relu(x) + 1, so that a ratio is sigmoid(phi); the keys are 1, 2, 3.
 */
const one = Float32Array.from([1]);
const none = Float32Array.from([0]);
const fixed = () =>
  smallLayer(
    { attention: "linear", fixation: "separate" },
    { query: [0, 0, 0], key: [0, 1, 2], value: [4, 5, 6] },
    { query_weight: one, query_bias: none, key_weight: one, key_bias: none },
  );

test("dealt ratios: each key keeps its feature and takes the ratio of another", () => {
  const layer = fixed();
  const own = received(layer, { frame: 0 }).map.slice();
  dealRatios(layer, 0, [1, 2, 0]);
  const keys = [1 * sigmoid(2), 2 * sigmoid(3), 3 * sigmoid(1)];
  const sum = keys[0] + keys[1] + keys[2];
  const weights = keys.map((key) => key / sum);
  assertClose(
    received(layer, { frame: 0 }).map,
    weights.map((weight) => 3 * weight),
  );
  const entropy = -weights.reduce((total, weight) => total + weight * Math.log(weight), 0);
  assertClose(concentration(layer), [1 - entropy / LN3]);
  assertClose(ratioMaps(layer, { frame: 0 }).key, [sigmoid(2), sigmoid(3), sigmoid(1)]);
  // Dealing again starts from the patches' own ratios.
  dealRatios(layer, 0, [0, 1, 2]);
  assertClose(received(layer, { frame: 0 }).map, own);
  dealRatios(layer, 0, [1, 2, 0]);
  takeBackRatios(layer, 0);
  assertClose(received(layer, { frame: 0 }).map, own);
});

test("at dial 0 it does not matter who has which ratio", () => {
  const layer = fixed();
  const [before] = concentration(layer, { alpha: 0 });
  dealRatios(layer, 0, [2, 0, 1]);
  assertClose(concentration(layer, { alpha: 0 }), [before]);
});

test("ratios are dealt in a spatial attention with fixation alone", () => {
  assert.throws(
    () => dealRatios(smallLayer({}, {}), 0, [0, 1, 2]),
    /spatial attention with fixation/,
  );
});

test("what the fixation of a token sees, with the neighbor's channels", () => {
  const weights = {
    query_weight: new Float32Array(12),
    query_bias: new Float32Array(2),
    key_weight: new Float32Array(12),
    key_bias: new Float32Array(2),
  };
  const left = {
    label: "left",
    dt: 0,
    dy: 0,
    dx: -1,
    head: 0,
    start: 1,
    stop: 2,
    keeps_own: false,
  };
  const layer = smallLayer(
    { attention: "linear", fixation: "cooperative", head_dim: 2, folds: [left] },
    {
      query: [1, -1, 2, -2, 3, -3],
      key: [-4, 5, 6, 7, 8, 9],
      value: [10, 11, 12, 13, 14, 15],
    },
    weights,
  );
  const lift = 2 ** -0.5;
  const found = fixationInputs(layer, { frame: 0, row: 0, column: 1, head: 0 });
  assertClose(found.query, [2 + lift, lift]);
  assertClose(found.key, [6 + lift, 5 + lift]);
  assertClose(found.value, [12, 11]);
  const border = fixationInputs(layer, { frame: 0, row: 0, column: 0, head: 0 });
  assertClose(border.key, [lift, lift]);
  assertClose(border.value, [10, 0]);
});
