/* The WebAssembly kernels and their assembler, against sums done by hand. A row has 8 floats, 32 bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { I32, V128, assemble, op } from "../../fixviz/browser/player/attention/assembler.js";
import { createKernels } from "../../fixviz/browser/player/attention/kernels.js";
import { assertClose } from "./known.js";

const ROW = 32;
const { LN2, LOG2E } = Math;

/** Kernels with a page of memory, its floats, and the byte address of row `i`. */
function memory() {
  const pages = new WebAssembly.Memory({ initial: 1 });
  const floats = new Float32Array(pages.buffer);
  const put = (row, ...values) => floats.set(values, 8 * row);
  const take = (row, count = 8) => floats.subarray(8 * row, 8 * row + count);
  return { ...createKernels(pages), put, take, at: (row) => row * ROW };
}

test("products of all pairs of rows, by twos and fours and the rest", () => {
  const { products, put, take, at } = memory();
  const [a, b, out] = [0, 10, 20];
  put(a, 1, 2, 3, 4, 5, 6, 7, 8);
  put(a + 1, 1, 0, 0, 0, 0, 0, 0, -1);
  put(a + 2, 0, 0.5);
  for (let j = 0; j < 5; j++) put(b + j, j, 1, 0, 0, 0, 0, 0, j);
  products(at(a), at(a + 3), at(b), at(b + 5), ROW, at(out), 2 * ROW);
  assertClose(take(out, 5), [2, 11, 20, 29, 38]);
  assertClose(take(out + 2, 5), [0, 0, 0, 0, 0]);
  assertClose(take(out + 4, 5), [0.5, 0.5, 0.5, 0.5, 0.5]);
});

test("a weighted sum of rows", () => {
  const { weightedSum, put, take, at } = memory();
  put(0, 1, 2, 3, 4, 5, 6, 7, 8);
  put(1, 10, 0, 0, 0, 0, 0, 0, 1);
  put(2, 0, 0, 100, 0, 0, 0, 0, 0);
  put(9, 2, -1, 0.5);
  weightedSum(at(0), at(3), at(9), ROW, at(12));
  assertClose(take(12), [-8, 4, 56, 8, 10, 12, 14, 15]);
});

test("decays and fading give powers of the ratios", () => {
  const { decays, fade, put, take, at } = memory();
  const logit = (ratio) => Math.log(ratio / (1 - ratio));
  put(0, ...[1 / 2, 1 / 4, 3 / 4, 1 / 8, 7 / 8, 1 / 16, 1 / 2, 1 / 3].map(logit));
  decays(at(0), at(1), at(30), at(2));
  const known = [1, 2, -Math.log2(3 / 4), 3, -Math.log2(7 / 8), 4, 1, Math.log2(3)];
  assertClose(take(2), known, 2e-6);
  put(4, 1, 1, 1, 1, 1, 1, 10, -9);
  fade(at(4), at(5), at(2), 2, at(6));
  assertClose(take(6), [1 / 4, 1 / 16, 9 / 16, 1 / 64, 49 / 64, 1 / 256, 5 / 2, -1], 5e-6);
  fade(at(4), at(5), at(2), 0, at(6));
  assertClose(take(6), [1, 1, 1, 1, 1, 1, 10, -9]);
});

test("the bias is added to the logit; large logits neither overflow nor vanish", () => {
  const { decays, put, take, at } = memory();
  put(0, 0, 0, 60, -60, 90, -90, 1, -1);
  put(1, Math.log(3), -Math.log(3), 0, 0, 0, 0, -1, 1);
  decays(at(0), at(1), at(1), at(2));
  const known = [Math.log2(4 / 3), 2, 0, 60 * LOG2E, 0, 90 * LOG2E, 1, 1];
  assertClose(take(2), known, 1e-5);
});

test("exponentials less the largest of the row, and normalized rows", () => {
  const { exponentials, normalize, put, take, at } = memory();
  put(0, 0, 1, 2, 3, -1e30, -1e30, -1e30, -1e30);
  put(1, 500, 502, 501, 500, 500, 500, 500, 500);
  exponentials(at(0), at(2), ROW, LN2);
  assertClose(take(0), [1 / 8, 1 / 4, 1 / 2, 1, 0, 0, 0, 0]);
  assertClose(take(1), [1 / 4, 1, 1 / 2, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 4]);
  normalize(at(0), at(2), ROW);
  assertClose(take(0), [1 / 15, 2 / 15, 4 / 15, 8 / 15, 0, 0, 0, 0]);
  assertClose(take(1), [1 / 12, 4 / 12, 2 / 12, 1 / 12, 1 / 12, 1 / 12, 1 / 12, 1 / 12]);
});

test("numbers of every length are assembled", () => {
  const known = [0, 1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)];
  const functions = known.map((value, i) => [
    `f${i}`,
    { parameters: [I32], locals: [[1, V128]], code: op.store(op.get(0), op.integers(value)) },
  ]);
  const pages = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(assemble(Object.fromEntries(functions)), {
    env: { memory: pages },
  });
  known.forEach((_, i) => exports[`f${i}`](16 * i));
  const found = new Int32Array(pages.buffer, 0, 4 * known.length).filter((_, i) => i % 4 === 3);
  assert.deepEqual([...found], known);
});
