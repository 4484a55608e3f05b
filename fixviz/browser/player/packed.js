/* Reads files that lie packed with gzip on a host that does not say so.

   The app's server names the packing in a header, and the browser unpacks by itself. A plain file host sends the
   bytes as they lie there, so they are unpacked here; a host that unpacks them on the way does no harm. */

/** @import { ArrayReference } from "./types.d.ts" */

/** The first bytes of a gzip member that is compressed with deflate (RFC 1952). */
const GZIP = [0x1f, 0x8b, 8];

/**
 * The bytes of a response, unpacked.
 *
 * @param {Response} response
 * @param {number} [size] bytes of the content where it is known: what is as long is not packed
 * @returns {Promise<ArrayBuffer>}
 */
export async function bytesOf(response, size) {
  const buffer = await response.arrayBuffer();
  if (buffer.byteLength === size || buffer.byteLength < GZIP.length) return buffer;
  const start = new Uint8Array(buffer, 0, GZIP.length);
  if (GZIP.some((byte, i) => start[i] !== byte)) return buffer;
  const unpacked = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).arrayBuffer();
}

/** What a response with JSON holds, packed or not. */
export async function jsonOf(response) {
  return JSON.parse(new TextDecoder().decode(await bytesOf(response)));
}

/** Puts the bytes of an array back into their order (fixviz/static_site/packed.py). */
const FILTERS = {
  shuffle: (bytes, { dtype }) => {
    const width = Number(dtype.match(/\d+$/)[0]) / 8;
    const count = bytes.length / width;
    const values = new Uint8Array(bytes.length);
    for (let part = 0; part < width; part++)
      for (let i = 0; i < count; i++) values[i * width + part] = bytes[part * count + i];
    return values;
  },
  delta: (bytes, { shape }) => {
    const size = bytes.length / shape[0];
    const values = bytes.slice();
    for (let i = size; i < values.length; i++) values[i] += values[i - size];
    return values;
  },
};

/**
 * The bytes of an array in C order.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayReference} reference
 */
export function restored(buffer, reference) {
  const restore = FILTERS[reference.filter];
  return restore ? restore(new Uint8Array(buffer), reference).buffer : buffer;
}
