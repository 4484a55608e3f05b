/* The loops that take nearly all the time, written as WebAssembly on four 32-bit floats at a time.
   Addresses are byte offsets into the memory of the kernels; rows have `width` bytes, a multiple of 32. */

/** @import { Kernels } from "../types.d.ts" */

import { F32, I32, V128, assemble, op } from "./assembler.js";

const {
  get,
  set,
  i32,
  add,
  less,
  repeat,
  load,
  loadSplat,
  store,
  splat,
  constant,
  vadd,
  vmul,
  shuffle,
} = op;
const range = (length) => Array.from({ length }, (_, i) => i);
const increase = (local, by) => set(local, add(get(local), by));

/**
 * products(a, endA, b, endB, width, out, stride): write a_i . b_j for all rows j of b to row i of out,
 * rows of which are `stride` bytes apart. Takes rows of a by twos and rows of b by fours, also beyond
 * the ends, where the memory must have room for them.
 */
function products() {
  const [a, endA, b, endB, width, out, stride, at, c, into] = range(10);
  const [rowB, otherA] = [[10, 11, 12, 13], 14];
  const sums = range(8).map((i) => 15 + i);
  const [x, y, z] = [23, 24, 25];
  const step = [
    set(x, load(add(get(a), get(c)))),
    set(y, load(add(get(otherA), get(c)))),
    rowB.map((row, j) => [
      set(z, load(add(get(row), get(c)))),
      set(sums[j], vadd(get(sums[j]), vmul(get(x), get(z)))),
      set(sums[4 + j], vadd(get(sums[4 + j]), vmul(get(y), get(z)))),
    ]),
    increase(c, i32(16)),
  ];
  const four = [
    set(rowB[0], get(at)),
    [1, 2, 3].map((j) => set(rowB[j], add(get(rowB[j - 1]), get(width)))),
    sums.map((sum) => set(sum, constant(0))),
    set(c, i32(0)),
    repeat(step, less(get(c), get(width))),
    store(get(into), acrossLanes(sums.slice(0, 4))),
    store(add(get(into), get(stride)), acrossLanes(sums.slice(4))),
    increase(into, i32(16)),
    set(at, add(get(rowB[3]), get(width))),
  ];
  const two = [
    set(otherA, add(get(a), get(width))),
    set(at, get(b)),
    set(into, get(out)),
    repeat(four, less(get(at), get(endB))),
    set(a, add(get(otherA), get(width))),
    increase(out, add(get(stride), get(stride))),
  ];
  return {
    parameters: Array(7).fill(I32),
    locals: [
      [8, I32],
      [11, V128],
    ],
    code: repeat(two, less(get(a), get(endA))),
  };
}

/**
 * The four sums over the lanes of four vectors, as one vector.
 *
 * @param {number[]} vectors their locals
 */
function acrossLanes([a, b, c, d]) {
  const pair = (one, two) =>
    vadd(shuffle(get(one), get(two), [0, 4, 1, 5]), shuffle(get(one), get(two), [2, 6, 3, 7]));
  return vadd(
    shuffle(pair(a, b), pair(c, d), [0, 1, 4, 5]),
    shuffle(pair(a, b), pair(c, d), [2, 3, 6, 7]),
  );
}

/** weightedSum(a, endA, weights, width, out): write the sum of the rows of a, each times its weight. */
function weightedSum() {
  const [a, endA, weights, width, out, at, weight, c] = range(8);
  const [first, second, x] = [8, 9, 10];
  const row = [
    set(x, loadSplat(get(weight))),
    set(first, vadd(get(first), vmul(get(x), load(get(at))))),
    set(second, vadd(get(second), vmul(get(x), load(get(at), 16)))),
    increase(weight, i32(4)),
    increase(at, get(width)),
  ];
  const columns = [
    set(at, add(get(a), get(c))),
    set(weight, get(weights)),
    set(first, constant(0)),
    set(second, constant(0)),
    repeat(row, less(get(at), get(endA))),
    store(add(get(out), get(c)), get(first)),
    store(add(add(get(out), get(c)), i32(16)), get(second)),
    increase(c, i32(32)),
  ];
  return {
    parameters: Array(5).fill(I32),
    locals: [
      [3, I32],
      [3, V128],
    ],
    code: [set(c, i32(0)), repeat(columns, less(get(c), get(width)))],
  };
}

/** Adding this to a small float leaves the nearest whole number in the last bits of the sum. */
const ROUND = 1.5 * 2 ** 23;

/**
 * Code for 2 ** y of vectors with -126 <= y <= 0: `{ prepare, evaluate }`, which use the 12 vector
 * locals from `first` on. The power is split into a whole number, which becomes the exponent of a
 * float, and a rest in -0.5..0.5 with its Taylor series, off by less than 2e-7 of the value. Constants
 * are kept in locals: inside a loop each would be built again for every four numbers.
 */
function powerOfTwo(first) {
  const [rounded, rest, round, bias, lowest] = range(5).map((i) => first + i);
  const terms = range(7).map((k) => first + 5 + k);
  const factors = terms.map(
    (_, k) => Math.LN2 ** k / range(k).reduce((product, i) => product * (i + 1), 1),
  );
  const series = terms
    .slice(0, -1)
    .reduceRight((sum, term) => vadd(vmul(sum, get(rest)), get(term)), get(terms[6]));
  const prepare = [
    set(round, constant(ROUND)),
    set(bias, op.integers(127)),
    set(lowest, constant(-126)),
    terms.map((term, k) => set(term, constant(factors[k]))),
  ];
  const evaluate = (y) => [
    set(rest, op.vmax(y, get(lowest))),
    set(rounded, vadd(get(rest), get(round))),
    set(rest, op.vsub(get(rest), op.vsub(get(rounded), get(round)))),
    vmul(op.shiftLeft(op.addIntegers(get(rounded), get(bias)), 23), series),
  ];
  return { prepare, evaluate };
}

/** fade(values, endValues, decays, alpha, out): write values * 2 ** (-alpha * decay). */
function fade() {
  const [values, endValues, rates, alpha, out, minus] = range(6);
  const power = powerOfTwo(6);
  const four = [
    store(get(out), vmul(load(get(values)), power.evaluate(vmul(get(minus), load(get(rates)))))),
    [values, rates, out].map((address) => increase(address, i32(16))),
  ];
  return {
    parameters: [I32, I32, I32, F32, I32],
    locals: [[13, V128]],
    code: [
      set(minus, vmul(splat(get(alpha)), constant(-1))),
      power.prepare,
      repeat(four, less(get(values), get(endValues))),
    ],
  };
}

/**
 * decays(logits, endLogits, bias, out): write -log2(sigmoid(z)) = log2(1 + exp(-z)) of z = logit + bias.
 * With e = exp(-|z|), log(1 + e) = 2 artanh(e / (2 + e)), a series that converges fast because its
 * argument is at most 1/3.
 */
function decays() {
  const [logits, endLogits, bias, out, z, s, square] = range(7);
  const power = powerOfTwo(7);
  const series = [11, 9, 7, 5, 3, 1].reduce(
    (sum, k) => vadd(vmul(sum, get(square)), constant(1 / k)),
    constant(1 / 13),
  );
  const four = [
    set(z, vadd(load(get(logits)), load(get(bias)))),
    set(s, power.evaluate(vmul(op.vabs(get(z)), constant(-Math.LOG2E)))),
    set(s, op.vdiv(get(s), vadd(get(s), constant(2)))),
    set(square, vmul(get(s), get(s))),
    store(
      get(out),
      vadd(
        op.vmax(vmul(get(z), constant(-Math.LOG2E)), constant(0)),
        vmul(vmul(get(s), series), constant(2 * Math.LOG2E)),
      ),
    ),
    [logits, bias, out].map((address) => increase(address, i32(16))),
  ];
  return {
    parameters: Array(4).fill(I32),
    locals: [[15, V128]],
    code: [power.prepare, repeat(four, less(get(logits), get(endLogits)))],
  };
}

/** Code that gives every lane of `local` the result over all its lanes. */
function overLanes(combine, local) {
  const fold = (lanes) => set(local, combine(get(local), shuffle(get(local), get(local), lanes)));
  return [fold([2, 3, 0, 1]), fold([1, 0, 3, 2])];
}

/** exponentials(rows, endRows, width, scale): replace x by exp((x - largest of the row) * scale). */
function exponentials() {
  const [rows, endRows, width, scale, at, end, largest, factor] = range(8);
  const power = powerOfTwo(8);
  const row = [
    set(end, add(get(rows), get(width))),
    set(largest, load(get(rows))),
    set(at, get(rows)),
    repeat(
      [set(largest, op.vmax(get(largest), load(get(at)))), increase(at, i32(16))],
      less(get(at), get(end)),
    ),
    overLanes(op.vmax, largest),
    set(at, get(rows)),
    repeat(
      [
        store(get(at), power.evaluate(vmul(op.vsub(load(get(at)), get(largest)), get(factor)))),
        increase(at, i32(16)),
      ],
      less(get(at), get(end)),
    ),
    set(rows, get(end)),
  ];
  return {
    parameters: [I32, I32, I32, F32],
    locals: [
      [2, I32],
      [14, V128],
    ],
    code: [
      set(factor, vmul(splat(get(scale)), constant(Math.LOG2E))),
      power.prepare,
      repeat(row, less(get(rows), get(endRows))),
    ],
  };
}

/** normalize(rows, endRows, width): divide each row by its sum, in place. */
function normalize() {
  const [rows, endRows, width, at, end, sum] = range(6);
  const row = [
    set(end, add(get(rows), get(width))),
    set(sum, constant(0)),
    set(at, get(rows)),
    repeat(
      [set(sum, vadd(get(sum), load(get(at)))), increase(at, i32(16))],
      less(get(at), get(end)),
    ),
    overLanes(vadd, sum),
    set(sum, op.vdiv(constant(1), get(sum))),
    set(at, get(rows)),
    repeat(
      [store(get(at), vmul(load(get(at)), get(sum))), increase(at, i32(16))],
      less(get(at), get(end)),
    ),
    set(rows, get(end)),
  ];
  return {
    parameters: Array(3).fill(I32),
    locals: [
      [2, I32],
      [1, V128],
    ],
    code: repeat(row, less(get(rows), get(endRows))),
  };
}

let compiled = null;

/**
 * Make the kernels for a memory; they are assembled once.
 *
 * @param {WebAssembly.Memory} memory
 * @returns {Kernels}
 */
export function createKernels(memory) {
  compiled ??= assemble({
    products: products(),
    weightedSum: weightedSum(),
    fade: fade(),
    decays: decays(),
    exponentials: exponentials(),
    normalize: normalize(),
  });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return /** @type {any} */ (exports);
}
