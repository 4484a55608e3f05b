/* The arithmetic of the lesson on linear attention, on matrices that can be computed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  allRows,
  breaks,
  crossing,
  difference,
  fewer,
  headRows,
  judgeCrossing,
  mapped,
  mostBroken,
  multiplications,
  repeated,
  rowOf,
} from "../../fixviz/browser/course/figures/linear_math.js";
import {
  layOut,
  outputOf,
  sumsFirst,
  weightsFirst,
} from "../../fixviz/browser/course/figures/linear_orders.js";
import { assertClose } from "./known.js";

test("the multiplications of both orders", () => {
  assert.deepEqual(multiplications(7, 3), { weights: [147, 147], sums: [63, 63] });
  assert.deepEqual([fewer(3, 2), fewer(2, 3), fewer(2, 2)], ["sums", "weights", "equal"]);
});

test("the rows of a head of a frame", () => {
  const description = { rows: 1, columns: 2, heads: 3, head_dim: 2 };
  const key = Float32Array.from({ length: 2 * 2 * 3 * 2 }, (_, i) => i);
  const features = /** @type {any} */ ({ description, key });
  // Frame 1 begins at number 12; head 2 has the last two numbers of each patch.
  assert.deepEqual([...headRows(features, "key", 1, 2)], [16, 17, 22, 23]);
});

test("the feature maps", () => {
  const rows = Float32Array.of(-1, 0, 2, -3);
  assert.deepEqual([...mapped(rows, 4, "phi")], [0.5, 0.5, 2.5, 0.5]);
  assert.deepEqual([...mapped(rows, 4, "relu")], [0, 0, 2, 0]);
  assert.deepEqual([...mapped(rows, 4, "none")], [-1, 0, 2, -3]);
});

test("tokens are repeated in their order, whole or in part", () => {
  const rows = Float32Array.of(1, 2, 3, 4);
  assert.deepEqual([...repeated(rows, 2, 5)], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]);
  assert.deepEqual([...repeated(rows, 2, 1)], [1, 2]);
});

test("a row whose products nearly cancel has shares far beyond 1", () => {
  const keys = Float32Array.of(4, -3, -0.5);
  const row = rowOf(Float32Array.of(2), keys, 1, 0);
  assert.deepEqual([...row.products], [8, -6, -1]);
  assert.equal(row.sum, 1);
  assert.deepEqual([...row.shares], [8, -6, -1]);
  assert.equal(row.size, 8);
});

test("a row that sums to 0 has no shares", () => {
  const row = rowOf(Float32Array.of(1), Float32Array.of(1, -1), 1, 0);
  assert.equal(row.sum, 0);
  assert.ok(row.shares.every(Number.isNaN));
  assert.equal(row.size, Infinity);
});

test("the model's feature map keeps each product at 1 or more", () => {
  const queries = Float32Array.of(-5, -1, -2, -9, 3, -4, 0, -1);
  const rows = allRows(mapped(queries, 4, "phi"), mapped(queries, 4, "phi"), 4);
  for (const { products, sum, shares, size } of rows) {
    assert.ok(products.every((product) => product >= 1));
    assert.ok(sum >= 2);
    assert.ok(size < 1);
    assertClose([shares[0] + shares[1]], [1]);
  }
});

test("a row breaks where a share is beyond the whole", () => {
  const keys = Float32Array.of(4, 1, -3, 1);
  // Shares of query (1, 0): 4, -3; of (0, 1): 1/2, 1/2; of (1, 4): 8/9, 1/9.
  const rows = allRows(Float32Array.of(1, 0, 0, 1, 1, 4), keys, 2);
  assert.equal(mostBroken(rows), 0);
  assert.deepEqual(
    [0, 1, 2].map((query) => breaks(rows, query)),
    ["right", "calm", "calm"],
  );
});

test("where no share is beyond the whole, the row with the largest is the answer", () => {
  const rows = allRows(Float32Array.of(0, 1, 1, 1), Float32Array.of(2, 1, 1, 1), 2);
  assert.deepEqual([breaks(rows, 0), breaks(rows, 1)], ["calm", "right"]);
});

test("both orders give the sum of the definition", () => {
  const [tokens, width] = [37, 5];
  const numbers = (seed) =>
    Float32Array.from({ length: tokens * width }, (_, i) => Math.sin(seed + 7.3 * i));
  const [q, k] = [numbers(1), numbers(2)].map((rows) => mapped(rows, width, "phi"));
  const v = numbers(3);
  const expected = allRows(q, k, width).flatMap(({ shares }) =>
    Array.from({ length: width }, (_, c) =>
      shares.reduce((sum, share, j) => sum + share * v[j * width + c], 0),
    ),
  );
  const laid = layOut(q, k, v, width);
  const first = outputOf(laid, weightsFirst);
  const second = outputOf(laid, sumsFirst);
  assertClose(first, expected, 1e-5);
  assertClose(second, expected, 1e-5);
  const { most, size } = difference(first, second);
  assert.ok(most < 1e-5 && size > 0.01);
});

test("the difference of two outputs", () => {
  assert.deepEqual(difference([1, -8], [2, -8]), { most: 1, size: 8 });
});

test("where measured times cross", () => {
  const times = [
    { tokens: 4, weights: 1, sums: 2 },
    { tokens: 16, weights: 4, sums: 2 },
    { tokens: 64, weights: 64, sums: 8 },
  ];
  // Halfway on a logarithmic axis, from half to double.
  assertClose([crossing(times)], [8]);
  assert.equal(crossing(times.slice(0, 1)), null);
  assert.equal(crossing(times.slice(1)), 16);
  assert.equal(crossing([]), null);
});

test("a guess of the crossing", () => {
  assert.deepEqual(
    [10, 11, 16, 24, 25].map((guess) => judgeCrossing(guess, 16)),
    ["low", "right", "right", "right", "high"],
  );
});
