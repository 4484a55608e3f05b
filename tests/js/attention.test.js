/* Attention of a few tokens, computed by hand. Softmax scores are multiples of ln 2 or ln 3, so that the weights are
   fractions; linear attention has the feature map relu(x) + 1 / sqrt(d). */

import assert from "node:assert/strict";
import { test } from "node:test";

import { concentration } from "../../fixviz/browser/player/attention/concentration.js";
import { warmUp } from "../../fixviz/browser/player/attention/features.js";
import { entropyOf, figuresOf } from "../../fixviz/browser/player/attention/figures.js";
import {
  createLayer,
  hasFrame,
  neighborPlace,
  placeOfFrame,
  placeOfToken,
  setWindow,
  setWindows,
  tokenOfPlace,
} from "../../fixviz/browser/player/attention/layer.js";
import { ratioMaps } from "../../fixviz/browser/player/attention/ratios.js";
import { received } from "../../fixviz/browser/player/attention/received.js";
import { row } from "../../fixviz/browser/player/attention/rows.js";
import { turnedMap, turnedMaps } from "../../fixviz/browser/player/attention/turned.js";
import { assertClose, smallLayer } from "./known.js";

const { LN2, log, SQRT2 } = Math;
const LN3 = log(3);
const at = (column, more = {}) => ({ frame: 0, row: 0, column, ...more });

/** Three queries whose rows are [1 1 1]/3, [1 2 4]/7 and [1 3 9]/13. */
const softmax = () => smallLayer({}, { query: [0, LN2, LN3], key: [0, 1, 2] });

/** Linear attention over three frames at each of two places; rows of place 0: [2 3 3]/8, [3 6 4]/13, [3 4 6]/13. */
function linear() {
  const [none, last, first, both] = [
    [0, -1, -2, 0],
    [-3, 0, 0, 1],
    [1, 0, -1, 0],
    [1, 0, 0, 1],
  ];
  return smallLayer(
    { axis: "temporal", attention: "linear", frames: 3, rows: 2, columns: 1, head_dim: 4 },
    {
      query: [none, both, last, none, first, last].flat(),
      key: [none, none, last, none, first, none].flat(),
    },
  );
}

test("the row of a softmax query", () => {
  const found = row(softmax(), at(1));
  assertClose(found.weights, [1 / 7, 2 / 7, 4 / 7]);
  assert.deepEqual(found.shape, [1, 3]);
  assert.deepEqual([found.window, found.position, found.outside], [0, 0, 0]);
  assertClose([found.sum], [1]);
  assertClose(row(softmax(), at(2)).weights, [1 / 13, 3 / 13, 9 / 13]);
});

test("the measures of a row", () => {
  const { figures } = row(softmax(), at(1));
  const entropy = log(7) - (10 / 7) * LN2;
  assertClose(
    [figures.entropy, figures.normalizedEntropy, figures.concentration],
    [entropy, entropy / LN3, 1 - entropy / LN3],
  );
  assertClose([figures.effectiveSupport], [7 / 2 ** (10 / 7)], 1e-5);
  assertClose([figures.topMass, figures.gini], [4 / 7, 2 / 7]);
});

test("the top tenth is rounded up, and only the given numbers count", () => {
  const weights = [0.1, 0.05, 0.2, 0.05, 0.1, 0.05, 0.1, 0.1, 0.05, 0.1, 0.1, 9];
  assertClose([figuresOf(weights, 11).topMass], [0.3]);
  assertClose([figuresOf([1, 0, 0, 0], 4).gini], [0.75]);
});

test("a single key has entropy 0 and no concentration", () => {
  assert.equal(entropyOf([1.0000001], 0, 1), 0);
  const { entropy, concentration: share } = figuresOf([1], 1);
  assert.deepEqual([entropy, share], [0, NaN]);
});

test("uniform rows whose sum is rounded up have entropy log N, not more", () => {
  assert.equal(entropyOf(Array(4).fill(0.2501), 0, 4), log(4));
});

test("attention received by softmax, by all queries of a frame", () => {
  const expected = [1 / 3 + 1 / 7 + 1 / 13, 1 / 3 + 2 / 7 + 3 / 13, 1 / 3 + 4 / 7 + 9 / 13];
  const { map, outside } = received(softmax(), { frame: 0 });
  assertClose(map, expected);
  assert.equal(outside, 0);
  const into = new Float32Array(3);
  assert.equal(received(softmax(), { frame: 0 }, into).map, into);
  assertClose(into, expected);
});

test("rows and attention received of linear attention over time", () => {
  const layer = linear();
  const found = row(layer, { frame: 1, row: 0, column: 0 });
  assertClose(found.weights, [3 / 13, 6 / 13, 4 / 13]);
  assert.deepEqual([found.shape, found.position], [[3], 1]);
  assertClose(row(layer, { frame: 2, row: 0, column: 0 }).weights, [3 / 13, 4 / 13, 6 / 13]);
  // At place 1 all keys are equal, so that each gets as much as under uniform attention.
  assertClose(received(layer, { frame: 0 }).map, [2 / 8 + 6 / 13, 1]);
  assertClose(received(layer, { frame: 1 }).map, [3 / 8 + 10 / 13, 1]);
  assertClose(received(layer, { frame: 2 }).map, [3 / 8 + 10 / 13, 1]);
});

test("joint attention runs over all frames and places", () => {
  const layer = smallLayer(
    { axis: "joint", frames: 2, rows: 1, columns: 2, head_dim: 1 },
    { query: [LN2, 0, 0, 0], key: [0, 1, 1, 2] },
  );
  const found = row(layer, at(0));
  assertClose(found.weights, [1 / 9, 2 / 9, 2 / 9, 4 / 9]);
  assert.deepEqual(found.shape, [2, 1, 2]);
  assertClose(received(layer, { frame: 1 }).map, [3 / 4 + 2 / 9, 3 / 4 + 4 / 9]);
});

test("several heads: one, their mean, their largest", () => {
  const layer = smallLayer(
    { heads: 2 },
    { query: [0, 0, LN2, LN2, 0, 0], key: [0, 2, 1, 1, 2, 0] },
  );
  assertClose(row(layer, at(1, { head: 0 })).weights, [1 / 7, 2 / 7, 4 / 7]);
  assertClose(row(layer, at(1, { head: 1 })).weights, [4 / 7, 2 / 7, 1 / 7]);
  assertClose(row(layer, at(1)).weights, [5 / 14, 4 / 14, 5 / 14]);
  const largest = row(layer, at(1, { head: "max" }));
  assertClose(largest.weights, [4 / 7, 2 / 7, 4 / 7]);
  assert.deepEqual([largest.sum, largest.figures], [null, null], "it is no distribution");
  assertClose(received(layer, { frame: 0, head: "max" }).map, [
    2 / 3 + 4 / 7,
    2 / 3 + 2 / 7,
    2 / 3 + 4 / 7,
  ]);
});

/** One of two channels of a key comes from the patch at its right; the query asks for that channel alone. */
function shifted(keeps_own) {
  const folds = [{ label: "right", dt: 0, dy: 0, dx: 1, head: 0, start: 0, stop: 1, keeps_own }];
  const query = [0, 0, SQRT2 * LN2, 0, 0, 0];
  return smallLayer({ head_dim: 2, folds }, { query, key: [5, 9, 0, 9, 1, 9] });
}

test("a shifted key counts where its channels come from; beyond the border they are 0", () => {
  const layer = shifted(false);
  assertClose(row(layer, at(1)).weights, [1 / 4, 1 / 2, 1 / 4]);
  const found = row(layer, at(1, { by: "source" }));
  assertClose(found.weights, [1 / 8, 3 / 8, 3 / 8]);
  assertClose([found.outside], [1 / 8]);
  assert.deepEqual(found.shape, [1, 1, 3]);
  // By slot: two uniform queries and the one above. By source each slot gives half to the patch at its right.
  const slots = [2 / 3 + 1 / 4, 2 / 3 + 1 / 2, 2 / 3 + 1 / 4];
  assertClose(received(layer, { frame: 0 }).map, slots);
  const sources = received(layer, { frame: 0, by: "source" });
  const [a, b, c] = slots;
  assertClose(sources.map, [a / 2, (a + b) / 2, (b + c) / 2]);
  assertClose([sources.outside], [c / 2 / 3]);
});

test("what lies outside is the mean over the heads, too", () => {
  const folds = [
    { label: "left", dt: 0, dy: 0, dx: -1, head: 1, start: 0, stop: 1, keeps_own: false },
  ];
  const layer = smallLayer({ columns: 2, heads: 2, folds }, {});
  // Head 1 gives all that slot 0 receives to the border, and all of slot 1 to patch 0.
  const mean = received(layer, { frame: 0, by: "source" });
  assertClose(mean.map, [(1 + 1) / 2, (1 + 0) / 2]);
  assertClose([mean.outside], [(0 + 1 / 2) / 2]);
  assertClose([received(layer, { frame: 0, by: "source", head: "max" }).outside], [1 / 2]);
  const found = row(layer, at(0, { by: "source" }));
  assertClose(found.weights, [(1 / 2 + 1 / 2) / 2, (1 / 2 + 0) / 2]);
  assertClose([found.outside], [(0 + 1 / 2) / 2]);
});

test("a key that keeps its own content at the border loses nothing", () => {
  const found = row(shifted(true), at(1, { by: "source" }));
  // The keys' channel is (0, 1, 1), the last its own.
  assertClose(found.weights, [1 / 10, 3 / 10, 6 / 10]);
  assert.equal(found.outside, 0);
});

test("a direction that is switched off leaves the token's own content", () => {
  const found = row(shifted(false), at(1, { by: "source", switches: { right: false } }));
  assertClose(found.weights, [32 / 35, 1 / 35, 2 / 35]);
  assertClose(row(shifted(false), at(1, { switches: { left: false } })).weights, [
    1 / 4,
    1 / 2,
    1 / 4,
  ]);
});

/** One channel, feature map relu(x) + 1: keys 1, 2, 3 of which only the ratio of the key differs: 1/2, 3/4, 9/10. */
const separate = () =>
  smallLayer(
    { attention: "linear", fixation: "separate" },
    { query: [0, 1, 5], key: [-1, 1, 2] },
    {
      query_weight: Float32Array.of(0),
      query_bias: Float32Array.of(LN3),
      key_weight: Float32Array.of(LN3),
      key_bias: Float32Array.of(-LN3),
    },
  );

test("fixation ratios scale the keys, to the power alpha", () => {
  const rows = (alpha) => row(separate(), at(0, { alpha })).weights;
  const over = (list) => list.map((value) => value / list.reduce((sum, one) => sum + one));
  assertClose(rows(1), over([1 / 2, 3 / 2, 27 / 10]));
  assertClose(rows(2), over([1 / 4, 9 / 8, 243 / 100]));
  assertClose(rows(0), [1 / 6, 2 / 6, 3 / 6]);
  // In one channel the query cancels out: all three rows are equal.
  assertClose(
    received(separate(), { frame: 0, alpha: 2 }).map,
    over([1 / 4, 9 / 8, 243 / 100]).map((v) => 3 * v),
  );
});

test("attention received follows alpha, back and forth", () => {
  const layer = separate();
  const uniform = [1 / 2, 1, 3 / 2];
  assertClose(received(layer, { frame: 0, alpha: 0 }).map, uniform);
  const once = Array.from(received(layer, { frame: 0, alpha: 1 }).map);
  assert.ok(Math.abs(once[0] - uniform[0]) > 0.1);
  assertClose(received(layer, { frame: 0, alpha: 0 }).map, uniform);
  assertClose(received(layer, { frame: 0, alpha: 1 }).map, once);
});

test("maps of the ratios", () => {
  const maps = ratioMaps(separate(), { frame: 0 });
  assertClose(maps.query, [3 / 4, 3 / 4, 3 / 4]);
  assertClose(maps.key, [1 / 2, 3 / 4, 9 / 10]);
  assertClose(ratioMaps(separate(), { frame: 0, alpha: 2 }).key, [1 / 4, 9 / 16, 81 / 100]);
  assert.equal(ratioMaps(softmax(), { frame: 0 }), null);
});

test("a map of ratios is their mean over the channels", () => {
  const zeros = new Float32Array(4);
  const layer = smallLayer(
    { fixation: "separate", columns: 1, head_dim: 2 },
    {},
    {
      ...{ query_weight: zeros, key_weight: zeros, query_bias: Float32Array.of(LN3, -LN3) },
      ...{ key_bias: Float32Array.of(0, LN3) },
    },
  );
  const { query, key } = ratioMaps(layer, { frame: 0 });
  assertClose([query[0], key[0]], [(3 / 4 + 1 / 4) / 2, (1 / 2 + 3 / 4) / 2]);
  assertClose(ratioMaps(layer, { frame: 0, alpha: 2 }).query, [(9 / 16 + 1 / 16) / 2]);
});

test("cooperative fixation sees query, key and value in this order", () => {
  const ratio = (weight, features) => {
    const same = { query_weight: weight, query_bias: new Float32Array(1) };
    const weights = { ...same, key_weight: weight, key_bias: new Float32Array(1) };
    const layer = smallLayer(
      { attention: "linear", fixation: "cooperative", columns: 2 },
      features,
      weights,
    );
    return ratioMaps(layer, { frame: 0 }).query;
  };
  const features = { query: [1, 0], key: [0, 2], value: [3, -1] };
  assertClose(ratio(Float32Array.of(LN2, 0, 0), features), [4 / 5, 2 / 3]);
  assertClose(ratio(Float32Array.of(0, LN2, 0), features), [2 / 3, 8 / 9]);
  assertClose(ratio(Float32Array.of(0, 0, LN2), features), [8 / 9, 1 / 3], 1e-6);
});

test("the concentration of every frame", () => {
  const layer = smallLayer(
    { frames: 2, columns: 2, head_dim: 1 },
    { query: [0, LN3, 0, 0], key: [0, 1, 4, 4] },
  );
  // Frame 0: a uniform row and [1 3]/4; frame 1: uniform rows.
  const entropy = (LN2 + (log(4) - (3 / 4) * LN3)) / 2;
  assertClose(concentration(layer), [1 - entropy / LN2, 0]);
  assertClose(concentration(smallLayer({ columns: 1 }, {})), [NaN]);
  // Two heads: rows of head 0 are uniform, those of head 1 are [1 3]/4 in frame 0 and uniform in frame 1.
  const heads = smallLayer(
    { axis: "joint", frames: 2, columns: 1, heads: 2 },
    { query: [0, LN3, 0, 0], key: [2, 0, 1, 1] },
  );
  const uneven = 1 - (log(4) - (3 / 4) * LN3) / LN2;
  assertClose(concentration(heads), [uneven / 2, 0]);
  assertClose(concentration(heads, { head: 1 }), [uneven, 0]);
});

test("maps under the dial are those of attention received and of the ratios", () => {
  assertClose(turnedMap(separate(), { show: "ratio-key", frame: 0, alpha: 2 }), [
    1 / 4,
    9 / 16,
    81 / 100,
  ]);
  assertClose(turnedMap(separate(), { show: "ratio-query", frame: 0 }), [3 / 4, 3 / 4, 3 / 4]);
  assertClose(turnedMap(separate(), { show: "attention", frame: 0, alpha: 0 }), [1 / 2, 1, 3 / 2]);
  assert.equal(turnedMap(softmax(), { show: "ratio-key", frame: 0 }), null);
  const layer = smallLayer(
    { frames: 2, columns: 2 },
    { query: [LN2, LN2, 0, 0], key: [0, 1, 0, 1] },
  );
  const found = [...turnedMaps(layer, { show: "attention", frames: [1, 0] })];
  assert.deepEqual(
    found.map(({ frame }) => frame),
    [1, 0],
  );
  assertClose(found[0].map, [1, 1]);
  assertClose(found[1].map, [2 / 3, 4 / 3]);
});

test("tokens of temporal attention lie frame after frame at each place", () => {
  const { frames, places } = linear();
  assert.deepEqual([frames, places], [3, 2]);
  const places6 = [0, 1, 2, 3, 4, 5].map((token) => placeOfToken(linear(), token));
  assert.deepEqual(places6, [0, 2, 4, 1, 3, 5]);
  assert.deepEqual(
    places6.map((place) => tokenOfPlace(linear(), place)),
    [0, 1, 2, 3, 4, 5],
  );
});

test("a neighbor lies inside the grid, the window and the segment, or nowhere", () => {
  const layer = smallLayer({ frames: 4, rows: 2, columns: 3, segment: 2 }, {});
  const fold = (dt, dy, dx) => ({ dt, dy, dx });
  // Place 10: frame 1, row 1, column 1.
  assert.equal(neighborPlace(layer, fold(0, -1, 1), 10), 8);
  assert.equal(neighborPlace(layer, fold(0, 1, 0), 10), -1);
  assert.equal(neighborPlace(layer, fold(-1, 0, 0), 10), 4);
  assert.equal(neighborPlace(layer, fold(1, 0, 0), 10), -1, "the next segment begins with frame 2");
  assert.equal(neighborPlace(layer, fold(0, -1, 1), 8, -1), 10);
  assert.equal(neighborPlace(layer, fold(0, 0, -1), 9), -1);
});

test("a frame takes its maps from the window that the server names", () => {
  const meta = { frames: 2, columns: 1, windows: [0, 1], window_of_frame: [0, 0, 1] };
  const layer = smallLayer(meta, {});
  assert.deepEqual(placeOfFrame(layer, 1), { window: 0, position: 1 });
  assert.deepEqual(placeOfFrame(layer, 2), { window: 1, position: 1 });
  assert.throws(() => placeOfFrame(layer, 3), {
    name: "RangeError",
    message: "There is no frame 3.",
  });
  assert.deepEqual(
    [0, 1, 2].map((frame) => hasFrame(layer, frame)),
    [true, true, false],
  );
  assert.throws(
    () => received(layer, { frame: 2 }),
    /The features of window 1 have not come yet\./,
  );
  assertClose(concentration(layer), [NaN, NaN, NaN]);
});

test("arrays of all windows are cut window by window", () => {
  const layer = createLayer({
    ...{ axis: "spatial", attention: "softmax", fixation: "none", segment: null, folds: [] },
    ...{ windows: [0, 1], window_of_frame: [0, 1], frames: 1, rows: 1, columns: 2 },
    ...{ heads: 1, head_dim: 1 },
  });
  const arrays = { query: [LN2, 0, LN3, 0], key: [0, 1, 1, 0], value: [0, 0, 0, 0] };
  setWindows(
    layer,
    Object.fromEntries(
      Object.entries(arrays).map(([name, list]) => [name, Float32Array.from(list)]),
    ),
  );
  assertClose(row(layer, at(0)).weights, [1 / 3, 2 / 3]);
  assertClose(row(layer, { frame: 1, row: 0, column: 0 }).weights, [3 / 4, 1 / 4]);
});

test("the memory of old windows is used again", () => {
  const windows = [0, 1, 2, 3];
  const layer = smallLayer({ columns: 2, windows, window_of_frame: windows }, { key: [0, 1] });
  layer.memory = 0;
  for (const window of windows) {
    setWindow(layer, window, {
      query: Float32Array.of(LN2 * window, 0),
      key: Float32Array.of(0, 1),
      value: new Float32Array(2),
    });
  }
  for (const window of [0, 3, 1, 2, 0]) {
    const expected = [1 / (1 + 2 ** window), 2 ** window / (1 + 2 ** window)];
    assertClose(row(layer, { frame: window, row: 0, column: 0 }).weights, expected);
    assert.ok(layer.prepared.size <= 2);
  }
});

test("what was warmed up is not prepared again", () => {
  const layer = separate();
  const steps = [...warmUp(layer, { frame: 0 })];
  assert.equal(steps.length, 1);
  assert.deepEqual([...layer.prepared.get(0).heads[0].ready], [1, 1, 1]);
  // Features that came after it would change the result if tokens were prepared again.
  layer.inputs.get(0).key.fill(7);
  assertClose(ratioMaps(layer, { frame: 0 }).key, [1 / 2, 3 / 4, 9 / 10]);
});

test("requests that no layer can answer are refused", () => {
  const layer = softmax();
  const refuse = (request, message) => assert.throws(() => received(layer, request), { message });
  refuse({ frame: 1 }, "There is no frame 1.");
  refuse({ frame: 0, head: 1 }, "There is no head 1.");
  refuse({ frame: 0, alpha: -1 }, "Alpha must be a number of 0 or more.");
  refuse({ frame: 0, alpha: Infinity }, "Alpha must be a number of 0 or more.");
  const features = {
    query: new Float32Array(3),
    key: new Float32Array(2),
    value: new Float32Array(3),
  };
  assert.throws(() => setWindow(layer, 0, features), /The key of a window must have 3 numbers\./);
});

test("a layer of an unknown kind is refused, with the kinds that there are", () => {
  const refuse = (meta, message) => assert.throws(() => smallLayer(meta, {}, {}), { message });
  refuse({ attention: "cosine" }, 'There is no attention "cosine"; there are softmax, linear.');
  refuse({ attention: "toString" }, 'There is no attention "toString"; there are softmax, linear.');
  refuse({ fixation: "paired" }, 'There is no fixation "paired"; there are cooperative, separate.');
  refuse({ axis: "depth" }, 'There is no axis "depth"; there are temporal, spatial, joint.');
  refuse({ fixation: "cooperative" }, "The fixation's query_weight must have 3 numbers.");
});
