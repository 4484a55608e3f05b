/* A row of softmax attention by hand, and what attention costs. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  attend,
  curveOutcome,
  dot,
  fourKeys,
  median,
  multiplications,
  overlap,
  paintOutcome,
  scoreOutcome,
  shareOutcome,
  stagesOf,
} from "../../fixviz/browser/course/figures/softmax_math.js";
import { assertClose, smallLayer } from "./known.js";
const { row } = await import("../../fixviz/browser/player/attention/index.js");

const { LN2, E } = Math;

/** q . k = 2 ln 2 times 0, 1, 2 and 1, so with d = 4 the exponentials are 1, 2, 4 and 2. */
const QUERY = [LN2, LN2, 0, 0];
const KEYS = [
  [1, -1, 5, 5],
  [1, 1, 0, 9],
  [4, 0, 0, 0],
  [0, 2, 7, 0],
];

test("the stages of a row", () => {
  const { scores, exponentials, shares } = stagesOf(QUERY, KEYS);
  assertClose([dot(QUERY, KEYS[1]), dot(QUERY, KEYS[2])], [2 * LN2, 4 * LN2]);
  assertClose(scores, [0, LN2, 2 * LN2, LN2]);
  assertClose(exponentials, [1, 2, 4, 2]);
  assertClose(shares, [1 / 9, 2 / 9, 4 / 9, 2 / 9]);
});

test("scores times a factor: 0 makes all keys equal, 2 squares the exponentials", () => {
  assertClose(stagesOf(QUERY, KEYS, 0).shares, Array(4).fill(1 / 4));
  assertClose(stagesOf(QUERY, KEYS, 2).shares, [1 / 25, 4 / 25, 16 / 25, 4 / 25]);
});

test("the row by hand is the player's", () => {
  const layer = smallLayer(
    { columns: 4, head_dim: 4 },
    { query: [...QUERY, ...Array(12).fill(0)], key: KEYS.flat() },
  );
  assertClose(
    row(layer, { frame: 0, row: 0, column: 0 }).weights,
    stagesOf(QUERY, KEYS).shares,
    1e-5,
  );
});

test("four keys of falling score, in the order of their patches", () => {
  assert.deepEqual(fourKeys([-3, 1.1, 4, 0.4, 2.9, 2.1, 3.9]), [2, 3, 4, 5]);
  assert.deepEqual(fourKeys([1, 1, 1, 1]), [0, 1, 2, 3]);
});

test("mistakes with a score are told", () => {
  // q . k = 6 with d = 16.
  assert.equal(scoreOutcome(1.5, 6, 16), "right");
  assert.equal(scoreOutcome(1.51, 6, 16), "right");
  assert.equal(scoreOutcome(6, 6, 16), "unscaled");
  assert.equal(scoreOutcome(0.375, 6, 16), "divided");
  assert.equal(scoreOutcome(3, 6, 16), "other");
});

test("mistakes with a share are told", () => {
  const stages = stagesOf(QUERY, KEYS);
  const outcome = (percent) => shareOutcome(percent, stages, 2);
  assert.equal(outcome(44.4), "right");
  assert.equal(outcome(44), "right");
  assert.equal(outcome(0.44), "fraction");
  assert.equal(outcome(4), "exponential");
  assert.equal(outcome(80), "rest");
  assert.equal(outcome(50), "scores");
  assert.equal(outcome(10), "other");
});

test("painted patches against the best and against chance", () => {
  const weights = [0.1, 0.5, 0.1, 0.3];
  assert.deepEqual(overlap(weights, new Set([1, 0])), { painted: 0.6, best: 0.8, chance: 0.5 });
  assert.equal(paintOutcome({ painted: 0.66, best: 0.8, chance: 0.5 }), "right");
  assert.equal(paintOutcome({ painted: 0.6, best: 0.8, chance: 0.5 }), "partly");
  assert.equal(paintOutcome({ painted: 0.4, best: 0.8, chance: 0.5 }), "elsewhere");
});

test("twice the tokens cost four times the multiplications", () => {
  assert.equal(multiplications(3, 5), 2 * 9 * 5);
  assert.equal(multiplications(6, 5), 4 * multiplications(3, 5));
});

test("the rule of a placed curve is told", () => {
  assert.equal(curveOutcome([4, 16, 64]), "right");
  assert.equal(curveOutcome([4.5, 14, 70]), "right");
  assert.equal(curveOutcome([2, 4, 8]), "linear");
  assert.equal(curveOutcome([4, 8, 16]), "doubled");
  assert.equal(curveOutcome([2, 9, 30]), "low");
  assert.equal(curveOutcome([8, 30, 90]), "high");
});

test("the median of times", () => {
  assert.equal(median([9, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 9]), 3);
});

test("the attention that is timed is softmax attention", () => {
  const [tokens, width] = [3, 2];
  const q = Float32Array.of(0, 0, LN2 * Math.SQRT2, 0, 0, Math.SQRT2);
  const k = Float32Array.of(0, 0, 1, 0, 2, 1);
  const v = Float32Array.of(7, 0, 0, 7, 7, 7);
  const out = new Float32Array(6).fill(99);
  attend(q, k, v, out, tokens, width);
  // Rows: 1 1 1, 1 2 4, and 1 1 e.
  const last = [(7 + 7 * E) / (2 + E), (7 + 7 * E) / (2 + E)];
  assertClose(out, [14 / 3, 14 / 3, 5, 6, ...last], 1e-5);
});

test("the output of a query is the sum of the values, each times its share", async () => {
  const { weightedSum } = await import("../../fixviz/browser/course/figures/softmax_strips.js");
  const values = [
    [1, 0, -2],
    [3, 4, 2],
  ];
  assertClose(weightedSum(values, [0.75, 0.25]), [1.5, 1, -1], 1e-6);
});
