/* The arithmetic of the lesson on what linear attention pays. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  judgeLorenz,
  judgeSupport,
  lorenz,
  middleHead,
  rowAt,
  shuffled,
  strongest,
} from "../../fixviz/browser/course/figures/price_math.js";
import { assertClose, smallLayer } from "./known.js";

const SHARES = [1 / 2, 1 / 8, 1 / 4, 1 / 8];

test("the Lorenz curve adds up from the weakest key", () => {
  const expected = [0, 0, 1 / 4, 1 / 8, 1 / 2, 1 / 4, 3 / 4, 1 / 2, 1, 1];
  assertClose(lorenz(SHARES).flat(), expected);
  assertClose(lorenz([3, 1]).flat(), [0, 0, 0.5, 0.25, 1, 1]);
});

test("what a reader's Lorenz curve shows", () => {
  const judged = (placed) => judgeLorenz(placed, SHARES);
  assert.equal(judged([1 / 8, 1 / 4, 1 / 2]), "right");
  assert.equal(judged([1 / 2, 3 / 4, 7 / 8]), "strongest");
  assert.equal(judged([1 / 8, 1 / 8, 1 / 4]), "shares");
  assert.equal(judged([1 / 4, 1 / 2, 3 / 4]), "uniform");
  assert.equal(judged([1 / 8, 1 / 4, 3 / 4]), "other");
});

test("the strongest keys", () => {
  assert.deepEqual(strongest(SHARES, 2), new Set([0, 2]));
  assert.deepEqual(strongest(SHARES, 0), new Set());
});

test("a guess of the effective support", () => {
  assert.deepEqual(
    [14, 15, 20, 25, 26].map((guess) => judgeSupport(guess, 20)),
    ["low", "right", "right", "right", "high"],
  );
});

test("the head in the middle, and its row", () => {
  // Three keys 0, 1, 2; head 0 has the query 0 (uniform), head 1 ln 3, head 2 ln 2: rows [1 1 1], [1 3 9], [1 2 4].
  const keys = [0, 1, 2].flatMap((key) => [key, key, key]);
  const queries = [0, 1, 2].flatMap(() => [0, Math.log(3), Math.log(2)]);
  const layer = smallLayer({ heads: 3 }, { query: queries, key: keys });
  assert.equal(middleHead(layer, 0), 2);
  const { weights, figures } = rowAt(layer, 0, 1, 2);
  assertClose(weights, [1 / 7, 2 / 7, 4 / 7]);
  const entropy = Math.log(7) - (2 * Math.log(2) + 4 * Math.log(4)) / 7;
  assertClose([figures.entropy, figures.effectiveSupport], [entropy, Math.exp(entropy)]);
});

test("a seed decides the order", () => {
  const orders = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => shuffled(["a", "b"], seed).join(""));
  assert.deepEqual(new Set(orders), new Set(["ab", "ba"]));
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => shuffled(["a", "b"], seed).join("")),
    orders,
  );
  assert.deepEqual([...shuffled([1, 2, 3, 4, 5], 9)].sort(), [1, 2, 3, 4, 5]);
});
