/* The parts of the network but its attention, as PyTorch computes them (fixviz/model/layers.py). */

/** @import { Kernels } from "../player/types.d.ts" */
/** @import { Plan, Rows } from "./memory.js" */

import { fillRows } from "./memory.js";

/** Tensors by name, from one array that holds them one after the other. */
export class Tensors {
  /**
   * @param {[string, number[]][]} table names and shapes, in the order of the array
   * @param {Float32Array} values
   */
  constructor(table, values) {
    let start = 0;
    this.found = new Map();
    for (const [name, shape] of table) {
      const size = shape.reduce((product, length) => product * length, 1);
      this.found.set(name, { shape, values: values.subarray(start, start + size) });
      start += size;
    }
    if (start !== values.length)
      throw new Error(`The weights have ${values.length} numbers instead of ${start}.`);
  }

  /** @returns {Float32Array} Throws an Error where there is no such tensor. */
  get(name) {
    const found = this.found.get(name);
    if (!found) throw new Error(`The weights lack the tensor ${name}.`);
    return found.values;
  }

  has(name) {
    return this.found.has(name);
  }
}

/** y = W x + b for rows x. */
export class Linear {
  /**
   * @param {Plan} plan
   * @param {Tensors} tensors
   * @param {string} name
   * @param {number} inputs
   * @param {number} outputs
   */
  constructor(plan, tensors, name, inputs, outputs) {
    this.numbers = tensors.get(`${name}.weight`);
    this.bias = tensors.get(`${name}.bias`);
    this.weight = plan.rows(outputs, inputs);
  }

  /** Copy the weights into the memory, once it is there. */
  fill() {
    fillRows(this.weight, this.numbers);
  }

  /**
   * @param {Kernels} kernels
   * @param {Rows} from
   * @param {Rows} to
   */
  apply({ products }, from, to) {
    const { weight, bias } = this;
    const bytes = from.stride * 4;
    products(
      from.address,
      from.address + from.count * bytes,
      weight.address,
      weight.address + weight.count * bytes,
      bytes,
      to.address,
      to.stride * 4,
    );
    const { values, stride, width, count } = to;
    for (let at = 0; at < count * stride; at += stride) {
      for (let c = 0; c < width; c++) values[at + c] += bias[c];
      // The kernel takes outputs by fours, and what follows the last one must stay 0.
      values.fill(0, at + width, at + stride);
    }
  }
}

/** Normalizes each row to mean 0 and variance 1, then scales and moves its channels. */
export class LayerNorm {
  constructor(tensors, name, epsilon) {
    this.weight = tensors.get(`${name}.weight`);
    this.bias = tensors.get(`${name}.bias`);
    this.epsilon = epsilon;
  }

  /**
   * @param {Pick<Rows, "count" | "width" | "stride" | "values">} from
   * @param {Pick<Rows, "stride" | "values">} to may be `from`
   */
  apply(from, to) {
    const { weight, bias, epsilon } = this;
    const { count, width, values } = from;
    for (let i = 0; i < count; i++) {
      const at = i * from.stride;
      let sum = 0;
      for (let c = 0; c < width; c++) sum += values[at + c];
      const mean = sum / width;
      let squares = 0;
      for (let c = 0; c < width; c++) squares += (values[at + c] - mean) ** 2;
      const scale = 1 / Math.sqrt(squares / width + epsilon);
      const out = i * to.stride;
      for (let c = 0; c < width; c++)
        to.values[out + c] = (values[at + c] - mean) * scale * weight[c] + bias[c];
    }
  }
}

/**
 * GELU(x) = x (1 + erf(x / sqrt 2)) / 2. The error function is formula 7.1.26 of Abramowitz and Stegun, off by
 * at most 1.5e-7.
 */
export function gelu(x) {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const series =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = 0.5 * series * Math.exp(-z * z);
  return x * (x > 0 ? 1 - tail : tail);
}

/** Linear, depthwise 3 x 3 convolution over the grid of each frame, GELU, linear. */
export class Mlp {
  /**
   * @param {Plan} plan
   * @param {Tensors} tensors
   * @param {string} name
   * @param {{ dim: number, hidden: number, rows: number, columns: number }} sizes
   */
  constructor(plan, tensors, name, { dim, hidden, rows, columns }) {
    this.expand = new Linear(plan, tensors, `${name}.expand`, dim, hidden);
    this.contract = new Linear(plan, tensors, `${name}.contract`, hidden, dim);
    const kernel = tensors.get(`${name}.convolution.weight`);
    /** The nine taps, each [hidden]: neighboring channels lie beside each other, as in the tokens. */
    this.taps = Array.from({ length: 9 }, (_, tap) =>
      Float32Array.from({ length: hidden }, (__, c) => kernel[9 * c + tap]),
    );
    this.bias = tensors.get(`${name}.convolution.bias`);
    this.grid = { rows, columns };
  }

  fill() {
    this.expand.fill();
    this.contract.fill();
  }

  /**
   * @param {Kernels} kernels
   * @param {Rows} from
   * @param {{ wide: Rows, mixed: Rows }} scratch of the hidden width
   * @param {Rows} to
   */
  apply(kernels, from, { wide, mixed }, to) {
    this.expand.apply(kernels, from, wide);
    this.#convolve(wide, mixed);
    this.contract.apply(kernels, mixed, to);
  }

  #convolve({ values, stride, width, count }, mixed) {
    const { rows, columns } = this.grid;
    const sums = new Float32Array(width);
    for (let token = 0; token < count; token++) {
      const column = token % columns;
      const row = ((token - column) / columns) % rows;
      sums.set(this.bias);
      for (let tap = 0; tap < 9; tap++) {
        const [dy, dx] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
        if (row + dy < 0 || row + dy >= rows || column + dx < 0 || column + dx >= columns) continue;
        const from = (token + dy * columns + dx) * stride;
        const weights = this.taps[tap];
        for (let c = 0; c < width; c++) sums[c] += weights[c] * values[from + c];
      }
      const out = token * mixed.stride;
      for (let c = 0; c < width; c++) mixed.values[out + c] = gelu(sums[c]);
    }
  }
}

/** Overlapping patches of the frames to tokens: one convolution, then a norm. */
export class PatchEmbedding {
  constructor(plan, tensors, { config, tokens, rows, columns, height, width }) {
    const { patch, stride, dim } = config;
    this.sizes = { patch, stride, rows, columns, height, width };
    const name = "patch_embedding";
    this.patches = plan.rows(tokens, 3 * patch ** 2);
    this.linear = new Linear(plan, tensors, `${name}.projection`, 3 * patch ** 2, dim);
    this.norm = new LayerNorm(tensors, `${name}.norm`, 1e-5);
  }

  fill() {
    this.linear.fill();
  }

  /**
   * @param {Kernels} kernels
   * @param {Uint8Array} pixels of the clip, [frames, height, width, 3]
   * @param {number[]} frames of the window
   * @param {Rows} to
   */
  apply(kernels, pixels, frames, to) {
    frames.forEach((frame, t) => this.#cut(pixels, frame, t));
    this.linear.apply(kernels, this.patches, to);
    this.norm.apply(to, to);
  }

  /** Write the patches of a frame, channel by channel; beyond the border of the frame they are 0. */
  #cut(pixels, frame, t) {
    const { patches } = this;
    const { patch, stride, rows, columns, height, width } = this.sizes;
    const start = frame * height * width * 3;
    for (let place = 0; place < rows * columns; place++) {
      const top = Math.floor(place / columns) * stride - patch / 2;
      const left = (place % columns) * stride - patch / 2;
      let at = (t * rows * columns + place) * patches.stride;
      for (let channel = 0; channel < 3; channel++) {
        for (let y = top; y < top + patch; y++) {
          for (let x = left; x < left + patch; x++, at++) {
            const inside = y >= 0 && y < height && x >= 0 && x < width;
            patches.values[at] = inside
              ? pixels[start + (y * width + x) * 3 + channel] / 127.5 - 1
              : 0;
          }
        }
      }
    }
  }
}
