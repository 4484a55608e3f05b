/* Tables of numbers in one memory of WebAssembly, on which the kernels of the attention work
   (player/attention/kernels.js). */

import { createKernels } from "../player/attention/kernels.js";

const FLOAT = 4;
const PAGE = 65536;
/** Kernels read and write up to three rows beyond the ends of their arguments. */
const ROWS_BEYOND = 3;

const roundUp = (count, multiple) => Math.ceil(count / multiple) * multiple;

/**
 * A table of `count` rows of `width` numbers. Rows begin `stride` numbers apart; what lies between their
 * end and the next row stays 0.
 *
 * @typedef {object} Rows
 * @property {number} count
 * @property {number} width
 * @property {number} stride
 * @property {Float32Array} values
 * @property {number} address byte offset of the first row
 */

/** Collects the tables that are needed, then makes them all in one memory. */
export class Plan {
  constructor() {
    /** @type {Rows[]} */
    this.tables = [];
  }

  /** @returns {Rows} whose `values` and `address` are there after `allocate` */
  rows(count, width) {
    const table = { count, width, stride: roundUp(width, 8), values: null, address: 0 };
    this.tables.push(table);
    return table;
  }

  /** Make the memory and return its kernels. */
  allocate() {
    let bytes = 0;
    for (const table of this.tables) {
      table.address = bytes;
      bytes += roundUp((table.count + ROWS_BEYOND) * table.stride, 16) * FLOAT;
    }
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    for (const table of this.tables) {
      const { address, count, stride } = table;
      table.values = new Float32Array(memory.buffer, address, count * stride);
    }
    return createKernels(memory);
  }
}

/** Copy numbers, row after row without gaps, into a table. */
export function fillRows({ count, width, stride, values }, numbers) {
  for (let i = 0; i < count; i++)
    values.set(numbers.subarray(i * width, (i + 1) * width), i * stride);
}

/** Copy `width` columns of a table from column `first` on, row after row without gaps. */
export function columnsOf({ count, stride, values }, first, width) {
  const numbers = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = i * stride + first;
    numbers.set(values.subarray(from, from + width), i * width);
  }
  return numbers;
}
