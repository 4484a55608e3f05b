/* Attention with the player's kernels against its formulas, power laws, crossings, and what curves mean. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { curvesOutcome } from "../../fixviz/browser/cost/curves.js";
import { findCrossing, fitPowerLaw } from "../../fixviz/browser/cost/fit.js";
import { bytesOf, computation, randomNumbers } from "../../fixviz/browser/cost/kernel_attention.js";
import { KINDS, NAMES } from "../../fixviz/browser/cost/kinds.js";
import { middleOf, timed } from "../../fixviz/browser/cost/timing.js";

/** One query after the other, as the formulas say, in numbers of 64 bits. */
function naive(kind, tokens, width, given) {
  const row = (values, i, length = width) => [...values.subarray(i * length, (i + 1) * length)];
  const dot = (a, b) => a.reduce((sum, value, c) => sum + value * b[c], 0);
  const phi = (values) => values.map((value) => Math.max(value, 0) + width ** -0.5);
  const rows = Array.from({ length: tokens }, (_, i) => {
    let [q, k] = [row(given.query, i), row(given.key, i)];
    const v = row(given.value, i);
    if (kind !== "softmax") [q, k] = [phi(q), phi(k)];
    if (kind === "fixation") {
      const seen = [...q, ...k, ...v];
      const fixed = (values, name) =>
        values.map((value, c) => {
          const z = dot(row(given[`${name}Weight`], c, 3 * width), seen) + given[`${name}Bias`][c];
          return value / (1 + Math.exp(-z));
        });
      [q, k] = [fixed(q, "query"), fixed(k, "key")];
    }
    return { q, k, v };
  });
  return rows.flatMap(({ q }) => {
    const products = rows.map(({ k }) => dot(q, k));
    const scores =
      kind === "softmax" ? products.map((p) => Math.exp(p / Math.sqrt(width))) : products;
    const sum = scores.reduce((total, score) => total + score, kind === "softmax" ? 0 : 1e-6);
    return Array.from(
      { length: width },
      (_, c) => scores.reduce((total, score, j) => total + score * rows[j].v[c], 0) / sum,
    );
  });
}

for (const kind of NAMES) {
  // 37 tokens are a whole block and a part of one; 5 channels are no multiple of eight.
  for (const [tokens, width] of [
    [37, 5],
    [3, 16],
  ]) {
    test(`${kind} attention of ${tokens} tokens and ${width} channels is that of its formula`, () => {
      const given = /** @type {any} */ (randomNumbers(tokens, width));
      const compute = computation(/** @type {any} */ (kind), tokens, width, given);
      compute();
      const out = compute();
      const wanted = naive(kind, tokens, width, given);
      for (let i = 0; i < tokens; i++)
        for (let c = 0; c < width; c++) {
          const found = out.values[i * out.stride + c];
          assert.ok(Math.abs(found - wanted[i * width + c]) < 1e-4, `${found} at ${i}, ${c}`);
        }
    });
  }
}

test("multiply-adds are those of Python", () => {
  assert.deepEqual(
    NAMES.map((kind) => KINDS[kind](7, 3)),
    [294, 126, 504],
  );
});

test("no kind holds a matrix of all weights", () => {
  for (const kind of NAMES)
    assert.ok(bytesOf(kind, 20000, 16) < 2.2 * bytesOf(kind, 10000, 16), kind);
});

const law = (exponent, sizes = [1, 2, 4, 8, 16, 32, 64]) =>
  sizes.map((n) => ({ tokens: 81 * n, seconds: 3e-6 * (81 * n) ** exponent }));

test("an exact power law is found", () => {
  for (const exponent of [1, 1.37, 2]) {
    const found = fitPowerLaw(law(exponent));
    assert.ok(Math.abs(found.exponent - exponent) < 1e-9);
    assert.ok(found.error < 1e-6);
    assert.equal(found.from, 81 * 8);
  }
  assert.equal(fitPowerLaw(law(1, [1, 2])), null);
});

test("the error of an exponent is the standard error of a slope", () => {
  const points = [8, 16, 32, 64].map((tokens, i) => ({
    tokens,
    seconds: tokens * Math.exp([0.1, -0.1, -0.1, 0.1][i]),
  }));
  const { exponent, error } = fitPowerLaw(points);
  assert.ok(Math.abs(exponent - 1) < 1e-9);
  assert.ok(Math.abs(error - Math.sqrt((4 * 0.01) / 2 / 5) / Math.LN2) < 1e-9);
});

test("two known lines cross where they do", () => {
  const sizes = [250, 500, 750, 2000];
  const square = sizes.map((tokens) => ({ tokens, seconds: tokens ** 2 }));
  const line = sizes.map((tokens) => ({ tokens, seconds: 1000 * tokens }));
  assert.ok(Math.abs(findCrossing(square, line) - 1000) < 1e-6);
  assert.equal(findCrossing(line, square), null);
  assert.equal(
    findCrossing(
      square,
      line.map((one) => ({ ...one, seconds: 1 })),
    ),
    0,
  );
  assert.equal(findCrossing(square, []), null);
});

test("the median and its error", () => {
  const { seconds, error, repeats } = middleOf([5, 1, 3, 2, 4]);
  assert.deepEqual([seconds, repeats], [3, 5]);
  assert.ok(Math.abs(error - (1.2533 * 2) / 1.349 / Math.sqrt(5)) < 1e-12);
});

test("a fast computation runs several times in one repeat", () => {
  let [clock, calls] = [0, 0];
  const found = timed(
    () => {
      calls++;
      clock += 0.5;
    },
    1,
    () => clock,
  );
  assert.ok(Math.abs(found.seconds - 0.0005) < 1e-12);
  assert.equal(found.repeats, 15);
  // One to warm up, 1 + 2 + 4 + 8 until 4 ms are reached, 8 to be sure of it, then 15 repeats of 8.
  assert.equal(calls, 1 + 15 + 8 + 15 * 8);
});

test("a pause of the machine does not make a repeat too short for the clock", () => {
  let [time, calls] = [0, 0];
  const coarse = () => Math.floor(time * 10) / 10;
  const found = timed(
    () => {
      calls++;
      time += calls === 2 ? 50 : 0.01;
    },
    1,
    coarse,
  );
  assert.ok(Math.abs(found.seconds - 1e-5) < 1e-6);
});

test("what drawn curves mean", () => {
  const curves = (...exponents) => exponents.flatMap((e) => [4, 16, 64].map((n) => n ** e));
  assert.equal(curvesOutcome(curves(2, 1, 1)), "right");
  assert.equal(curvesOutcome(curves(1, 1, 1)), "alike");
  assert.equal(curvesOutcome(curves(2, 1, 1.8)), "square");
  assert.equal(curvesOutcome(curves(1.3, 1, 1)), "flat");
  assert.equal(curvesOutcome(curves(2.6, 1, 1)), "steep");
  assert.equal(curvesOutcome(curves(2, 0.2, 1)), "still");
});
