/* How much faster the WebAssembly kernels are than the same loops in plain JavaScript.

       node benchmarks/kernels.js

   One head's attention weights of all queries of a sequence: products of queries and keys, softmax, and the
   fixation ratios of the keys to a power. The sizes are those of the models that come with fixviz and of the
   published ones. The plain loops take four keys at once, as the kernels do. Times are
   milliseconds of processor time, which other programs on the machine change little; both ways must agree. */

import { createKernels } from "../fixviz/browser/player/attention/kernels.js";

const SIZES = [
  { name: "shipped models, spatial (9 x 12 patches)", length: 108, width: 16 },
  { name: "shipped models, all of a window at once (8 frames)", length: 864, width: 16 },
  { name: "published models, spatial (17 x 17 patches)", length: 289, width: 64 },
  { name: "published models, all of a window at once (16 frames)", length: 4624, width: 64 },
];
const BLOCK = 32;
const ALPHA = 1.3;

const plain = {
  products(a, b, width, out, count, length) {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < length; j += 4) {
        const p = i * width;
        const q = j * width;
        let s = 0;
        let t = 0;
        let u = 0;
        let v = 0;
        for (let c = 0; c < width; c++) {
          const x = a[p + c];
          s += x * b[q + c];
          t += x * b[q + width + c];
          u += x * b[q + 2 * width + c];
          v += x * b[q + 3 * width + c];
        }
        const at = i * length + j;
        out[at] = s;
        out[at + 1] = t;
        out[at + 2] = u;
        out[at + 3] = v;
      }
    }
  },
  softmax(rows, count, length, scale) {
    for (let i = 0; i < count; i++) {
      const row = rows.subarray(i * length, (i + 1) * length);
      let largest = -Infinity;
      for (let j = 0; j < length; j++) if (row[j] > largest) largest = row[j];
      let sum = 0;
      for (let j = 0; j < length; j++) {
        row[j] = Math.exp((row[j] - largest) * scale);
        sum += row[j];
      }
      const factor = 1 / sum;
      for (let j = 0; j < length; j++) row[j] *= factor;
    }
  },
  fade(values, decays, alpha, out) {
    for (let i = 0; i < values.length; i++) out[i] = values[i] * 2 ** (-alpha * decays[i]);
  },
};

/** Two ways to do each step, on the same numbers: `{ step: [in WebAssembly, in JavaScript] }`, and what they wrote. */
function prepare({ length, width }) {
  const padded = 8 * Math.ceil(length / 8);
  const sizes = [
    length * width,
    (length + 8) * width,
    length * width,
    length * width,
    BLOCK * padded,
  ];
  const floats = sizes.reduce((sum, size) => sum + size + 64, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(floats / 16384) });
  let start = 0;
  const [queries, keys, decays, faded, scores] = sizes.map((size) => {
    const array = new Float32Array(memory.buffer, start, size);
    start += 4 * (size + 64) - ((4 * size) % 16);
    return array;
  });
  for (const array of [queries, keys])
    array.forEach((_, i) => (array[i] = Math.sin(7 * i * i + i)));
  decays.forEach((_, i) => (decays[i] = 1 + Math.sin(i)));
  const kernels = createKernels(memory);
  // Arrays of their own, as code without WebAssembly would have.
  const own = { queries: queries.slice(), keys: keys.slice(), decays: decays.slice() };
  Object.assign(own, { scores: new Float32Array(BLOCK * padded), faded: faded.slice() });
  const row = 4 * width;
  const lines = 4 * padded;
  const scale = 1 / Math.sqrt(width);
  const end = keys.byteOffset + length * row;
  const blocks = (work) => {
    for (let at = 0; at < length; at += BLOCK) work(at, Math.min(BLOCK, length - at));
  };
  const { byteOffset: q } = queries;
  const { byteOffset: out } = scores;
  return {
    products: [
      () =>
        blocks((at, count) =>
          kernels.products(
            q + at * row,
            q + (at + count) * row,
            keys.byteOffset,
            end,
            row,
            out,
            lines,
          ),
        ),
      () =>
        blocks((at, count) =>
          plain.products(
            own.queries.subarray(at * width),
            own.keys,
            width,
            own.scores,
            count,
            padded,
          ),
        ),
    ],
    softmax: [
      () =>
        blocks((_, count) => {
          kernels.exponentials(out, out + count * lines, lines, scale);
          kernels.normalize(out, out + count * lines, lines);
        }),
      () => blocks((_, count) => plain.softmax(own.scores, count, padded, scale)),
    ],
    fade: [
      () => kernels.fade(q, q + length * row, decays.byteOffset, ALPHA, faded.byteOffset),
      () => plain.fade(own.queries, own.decays, ALPHA, own.faded),
    ],
    pairs: [
      [scores, own.scores],
      [faded, own.faded],
    ],
  };
}

/** Milliseconds of processor time that a run takes, on average over `repeats` runs, after as many to warm up. */
function cost(work, repeats) {
  for (let i = 0; i < repeats; i++) work();
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) work();
  return process.cpuUsage(before).user / 1000 / repeats;
}

for (const size of SIZES) {
  const { pairs, ...steps } = prepare(size);
  const { length, width, name } = size;
  const repeats = Math.max(4, Math.round(1e9 / (length * length * width)));
  const times = Object.entries(steps).map(([step, ways]) => {
    const [fast, slow] = ways.map((work) => cost(work, repeats));
    return { step, wasm: fast, plain: slow };
  });
  // Once more in order, so that the softmax is that of the products.
  for (const way of [0, 1]) for (const step of Object.values(steps)) step[way]();
  for (const [found, known] of pairs) {
    const off = known.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
    if (off > 1e-5) throw new Error(`The two ways differ by ${off}.`);
  }
  const sum = (key) => times.reduce((total, time) => total + time[key], 0);
  process.stdout.write(`${name}: ${length} tokens of ${width} channels\n`);
  for (const { step, wasm, plain: slow } of [
    ...times,
    { step: "all", wasm: sum("wasm"), plain: sum("plain") },
  ]) {
    const factor = (slow / wasm).toFixed(1);
    process.stdout.write(
      `  ${step.padEnd(8)} ${wasm.toFixed(3)} ms, in JavaScript ${slow.toFixed(3)} ms: ${factor} times\n`,
    );
  }
}
