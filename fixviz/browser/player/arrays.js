/* Decodes stored arrays: raw little-endian bytes in C order, with dtype and shape from the manifest. */

/** @import { StoredArray } from "./types.d.ts" */

const HALF = halfTable();

/** The value of each of the 65,536 half-precision bit patterns (IEEE 754 binary16). */
function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** Convert half-precision bytes to a Float32Array. */
export function decodeFloat16(buffer) {
  const bits = new Uint16Array(buffer);
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = HALF[bits[i]];
  return values;
}

const WIDTHS = { float16: 2, float32: 4, uint8: 1, uint16: 2 };

const DECODERS = {
  uint8: (buffer) => new Uint8Array(buffer),
  float16: decodeFloat16,
  float32: (buffer) => new Float32Array(buffer),
};

/** Bytes of an array; NaN for a type that is not known here. */
export function bytesOfArray({ dtype, shape }) {
  return shape.reduce((product, length) => product * length, WIDTHS[dtype] ?? NaN);
}

/**
 * Decode an array. Throws an Error where the type is unknown, or where the bytes do not fill the
 * shape, so that a damaged array is never drawn.
 *
 * @param {ArrayBuffer} buffer
 * @param {{ dtype: string, shape: number[] }} reference
 * @returns {StoredArray}
 */
export function decodeArray(buffer, { dtype, shape }) {
  const size = bytesOfArray({ dtype, shape });
  const decode = DECODERS[dtype];
  if (!decode) throw new Error(`An array of type ${dtype} cannot be shown.`);
  if (buffer.byteLength !== size) {
    throw new Error(`An array has ${buffer.byteLength} bytes instead of ${size}.`);
  }
  return { shape, values: decode(buffer) };
}
