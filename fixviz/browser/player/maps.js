/* From stored arrays to the map of one frame, a Float32Array [rows * columns]. NaN means undefined and
   is left out of means. */

/** @import { Head, Range, StoredArray } from "./types.d.ts" */

/** The mean over the defined entries of `rows` (equally long arrays), NaN where none is defined. */
function nanMean(rows) {
  const mean = new Float32Array(rows[0].length);
  for (let i = 0; i < mean.length; i++) {
    let sum = 0;
    let count = 0;
    for (const row of rows) {
      if (Number.isNaN(row[i])) continue;
      sum += row[i];
      count += 1;
    }
    mean[i] = count ? sum / count : NaN;
  }
  return mean;
}

/** The largest of the defined entries of `rows`, NaN where none is defined. */
function nanMax(rows) {
  const most = new Float32Array(rows[0].length).fill(NaN);
  for (const row of rows) {
    for (let i = 0; i < most.length; i++)
      if (!(most[i] >= row[i]) && !Number.isNaN(row[i])) most[i] = row[i];
  }
  return most;
}

function heads(count, head) {
  return typeof head === "number" ? [head] : Array.from({ length: count }, (_, i) => i);
}

const join = (slices, head) =>
  slices.length === 1 ? slices[0] : head === "max" ? nanMax(slices) : nanMean(slices);

/**
 * The map of one frame from an array [frames, rows, columns].
 *
 * @param {StoredArray} array
 * @param {number} frame
 */
export function frameSlice({ shape, values }, frame) {
  const size = shape[1] * shape[2];
  return values.subarray(frame * size, (frame + 1) * size);
}

/**
 * The map of one frame from an array [layers, heads, frames, rows, columns].
 *
 * @param {StoredArray} array
 * @param {number} layer
 * @param {Head} head
 * @param {number} frame
 */
export function frameMap({ shape, values }, layer, head, frame) {
  const [, H, N, rows, columns] = shape;
  const size = rows * columns;
  const slices = heads(H, head).map((h) => {
    const start = ((layer * H + h) * N + frame) * size;
    return values.subarray(start, start + size);
  });
  return join(slices, head);
}

/**
 * The neighbors' contribution in one frame from an array [layers, heads, directions, frames, rows,
 * columns]: the mean over the heads that hold a direction, added over directions.
 *
 * @param {StoredArray} array
 * @param {number} layer
 * @param {Head} head
 * @param {number | null} direction one of them alone
 * @param {number} frame
 */
export function neighborMap({ shape, values }, layer, head, direction, frame) {
  const [, H, D, N, rows, columns] = shape;
  const size = rows * columns;
  const directions = direction === null ? Array.from({ length: D }, (_, i) => i) : [direction];
  const total = new Float32Array(size).fill(NaN);
  for (const d of directions) {
    const slices = heads(H, head).map((h) => {
      const start = (((layer * H + h) * D + d) * N + frame) * size;
      return values.subarray(start, start + size);
    });
    const share = join(slices, head);
    for (let i = 0; i < size; i++) {
      if (Number.isNaN(share[i])) continue;
      total[i] = Number.isNaN(total[i]) ? share[i] : total[i] + share[i];
    }
  }
  return total;
}

/**
 * One metric over the frames, from an array [layers, heads, frames, metrics].
 *
 * @param {StoredArray} array
 * @param {number} layer
 * @param {Head} head
 * @param {number} metric
 */
export function metricCurve({ shape, values }, layer, head, metric) {
  const [, H, N, M] = shape;
  return nanMean(
    heads(H, head).map((h) => {
      const curve = new Float32Array(N);
      for (let n = 0; n < N; n++) curve[n] = values[((layer * H + h) * N + n) * M + metric];
      return curve;
    }),
  );
}

/** a - b, patch by patch. */
export function difference(a, b) {
  return a.map((value, i) => value - b[i]);
}

/**
 * A color range around 0 that is as wide on both sides, up to the 99.8th percentile of the sizes.
 *
 * @param {Float32Array[]} maps
 * @returns {Range | null}
 */
export function symmetricRange(maps) {
  const range = colorRange(
    maps.map((map) => map.map(Math.abs)),
    0,
  );
  return range && { low: -range.high, high: range.high, max: range.max, symmetric: true };
}

/** Whether there is no map, or none of its values is defined. */
export function isUndefined(map) {
  if (!map) return true;
  return map.every(Number.isNaN);
}

/** The least and the largest defined value of several maps, or null where there is none. */
export function extremes(maps) {
  let min = Infinity;
  let max = -Infinity;
  for (const map of maps) {
    for (const value of map) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return max >= min ? { min, max } : null;
}

/**
 * A color range over several maps: from `floor` to the 99.8th percentile, so that one extreme patch
 * does not darken all others. Null where no value is defined.
 *
 * @param {Float32Array[]} maps
 * @param {number | null} floor null for the smallest value
 * @returns {Range | null}
 */
export function colorRange(maps, floor) {
  const bounds = extremes(maps);
  if (!bounds) return null;
  const low = floor ?? bounds.min;
  const sorted = new Float32Array(maps.reduce((sum, map) => sum + map.length, 0));
  let count = 0;
  for (const map of maps) {
    for (const value of map) if (!Number.isNaN(value)) sorted[count++] = value;
  }
  const defined = sorted.subarray(0, count).sort();
  const high = defined[Math.min(count - 1, Math.floor(0.998 * count))];
  return { low, high: high > low ? high : bounds.max, max: bounds.max };
}

/** The index and value of the largest defined entry (of the largest size, where `signed`), or null. */
export function strongest(map, signed = false) {
  const size = signed ? Math.abs : (value) => value;
  let index = -1;
  for (let i = 0; i < map.length; i++) {
    if (!Number.isNaN(map[i]) && (index < 0 || size(map[i]) > size(map[index]))) index = i;
  }
  return index < 0 ? null : { index, value: map[index] };
}
