/* Stored arrays, maps and their colors, by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeArray, decodeFloat16 } from "../../fixviz/browser/player/arrays.js";
import { ticks } from "../../fixviz/browser/player/colorbar.js";
import { COLOR_MAPS, colorIndex, colorize } from "../../fixviz/browser/player/colormaps.js";
import { rolloutOf, rolloutParameters, rowOf } from "../../fixviz/browser/player/computed.js";
import * as maps from "../../fixviz/browser/player/maps.js";
import { assertClose, manifest } from "./known.js";

test("half-precision numbers", () => {
  const bits = Uint16Array.of(
    0x3c00,
    0xc000,
    0x3555,
    0x0001,
    0x7bff,
    0x8000,
    0x7c00,
    0xfc00,
    0x7e00,
  );
  const found = decodeFloat16(bits.buffer);
  const known = [1, -2, 0x555 / 4096, 2 ** -24, 65504, 0];
  assertClose(found.subarray(0, 6), known, 0);
  assert.deepEqual([...found.subarray(6)], [Infinity, -Infinity, NaN]);
  assert.ok(Object.is(found[5], -0));
});

test("an array keeps its shape, and one of the wrong size or type is refused", () => {
  const floats = Float32Array.of(1.5, 2.5);
  const { shape, values } = decodeArray(floats.buffer, { dtype: "float32", shape: [1, 2] });
  assert.deepEqual(
    [shape, [...values]],
    [
      [1, 2],
      [1.5, 2.5],
    ],
  );
  const decode = (dtype, size) => decodeArray(new ArrayBuffer(size), { dtype, shape: [2, 3] });
  assert.throws(() => decode("float16", 10), /An array has 10 bytes instead of 12\./);
  assert.throws(() => decode("uint16", 12), /An array of type uint16 cannot be shown\./);
});

/** An array [layers, heads, frames, 1, 2] whose numbers tell where they lie. */
function counted(shape, value) {
  const sizes = shape.reduceRight(([first, ...rest], size) => [first * size, first, ...rest], [1]);
  const values = Float32Array.from({ length: sizes[0] }, (_, i) =>
    value(shape.map((size, axis) => Math.floor(i / sizes[axis + 1]) % size)),
  );
  return { shape, values };
}

test("the map of a frame is one head, the mean or the largest of the defined ones", () => {
  const array = counted([2, 3, 2, 1, 2], ([layer, head, frame, , column]) =>
    layer === 1 && head === 2 && column === 1
      ? NaN
      : 1000 * layer + 100 * head + 10 * frame + column,
  );
  assertClose(maps.frameMap(array, 1, 1, 0), [1100, 1101]);
  assertClose(maps.frameMap(array, 1, 2, 1), [1210, NaN]);
  assertClose(maps.frameMap(array, 1, "mean", 1), [1110, 1061]);
  assertClose(maps.frameMap(array, 1, "max", 1), [1210, 1111]);
  assertClose(
    maps.frameSlice(
      counted([3, 1, 2], ([frame, , x]) => 10 * frame + x),
      2,
    ),
    [20, 21],
  );
});

test("neighbors' shares are averaged over the heads that hold a direction, then added up", () => {
  const held = { 0: [0], 1: [0, 1], 2: [2] };
  const array = counted([1, 3, 3, 2, 1, 2], ([, head, direction, frame, , x]) =>
    held[direction].includes(head) ? (1 + head) * 10 ** direction + frame + x : NaN,
  );
  // Direction 0: 1; direction 1: mean of 10 and 20; direction 2: 300; plus frame and column for each of the three.
  assertClose(maps.neighborMap(array, 0, "mean", null, 1), [1 + 15 + 300 + 3, 1 + 15 + 300 + 6]);
  assertClose(maps.neighborMap(array, 0, "mean", 1, 0), [15, 16]);
  assertClose(maps.neighborMap(array, 0, "max", 1, 0), [20, 21]);
  assertClose(maps.neighborMap(array, 0, 1, null, 0), [20, 21]);
  assert.ok(
    maps.isUndefined(maps.neighborMap(array, 0, 1, 0, 0)),
    "head 1 does not hold direction 0",
  );
});

test("the curve of one metric", () => {
  const array = counted(
    [2, 2, 3, 4],
    ([layer, head, frame, metric]) => 1000 * layer + 100 * head + 10 * frame + metric,
  );
  assertClose(maps.metricCurve(array, 1, 1, 3), [1103, 1113, 1123]);
  assertClose(maps.metricCurve(array, 0, "mean", 2), [52, 62, 72]);
});

test("a color range ends at the 99.8th percentile and keeps the largest value", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i - 100);
  values[0] = 5000;
  assert.deepEqual(maps.colorRange([values, Float32Array.of(NaN)], 0), {
    low: 0,
    high: 899,
    max: 5000,
  });
  assert.deepEqual(maps.colorRange([Float32Array.of(3, 7)], null), { low: 3, high: 7, max: 7 });
  assert.deepEqual(maps.colorRange([Float32Array.of(0, 0)], 0), { low: 0, high: 0, max: 0 });
  assert.equal(maps.colorRange([Float32Array.of(NaN)], 0), null);
});

test("a range of differences is as wide on both sides", () => {
  const a = Float32Array.of(1, 5, NaN);
  const found = maps.difference(a, Float32Array.of(4, 4, 1));
  assertClose(found, [-3, 1, NaN]);
  assert.deepEqual(maps.symmetricRange([found]), { low: -3, high: 3, max: 3, symmetric: true });
  assert.deepEqual(maps.strongest(found), { index: 1, value: 1 });
  assert.deepEqual(maps.strongest(found, true), { index: 0, value: -3 });
  assert.equal(maps.strongest(Float32Array.of(NaN)), null);
  assert.deepEqual(maps.extremes([found, a]), { min: -3, max: 5 });
});

test("undefined values are transparent, values beyond the ends take their colors", () => {
  const pixels = colorize([0, NaN, 9, 4.5, -1], 0, 4.5, COLOR_MAPS.viridis);
  const [first, none, beyond, last, below] = [0, 4, 8, 12, 16].map((at) => [
    ...pixels.slice(at, at + 4),
  ]);
  assert.deepEqual(first, [0x44, 0x01, 0x54, 255]);
  assert.deepEqual(below, first);
  assert.deepEqual(none, [0, 0, 0, 0]);
  assert.deepEqual(last, [253, 231, 37, 255]);
  assert.deepEqual(beyond, last);
  assert.deepEqual([colorIndex(1, 0, 2), colorIndex(7, 3, 3)], [128, 0]);
});

test("a color bar names both ends, a mark that is clear of them, and a larger value", () => {
  const mark = { at: 1, label: "1 = uniform" };
  assert.deepEqual(ticks({ low: 0, high: 4, max: 9 }, mark), [
    { at: 0, label: "0" },
    { at: 0.25, label: "1 = uniform" },
    { at: 1, label: "≥ 4", title: "The largest value is 9." },
  ]);
  const labels = (range) => ticks(range, mark).map(({ label }) => label);
  assert.deepEqual(labels({ low: 0, high: 1.2, max: 1.2 }), ["0", "1.2"]);
});

const ATTENTION = { T: 3, rows: 1, columns: 2, windows: [0, 2], window_of_frame: [0, 0, 1, 1, 1] };
const GRID = { rows: 1, columns: 2, stride: 8, display_per_model: [2, 4] };
const QUERY = {
  grid: GRID,
  own: GRID,
  query: { row: 0, column: 1 },
  frame: 3,
  head: 0,
  by: "slot",
};

/** The row of a layer that answers `weights` of this shape, for the frame at position 1 of window 1. */
function rowFrom(axis, shape, ...weights) {
  const attention = {
    row: () => ({ weights: Float32Array.from(weights), shape, position: 1, outside: 0 }),
  };
  return rowOf({ attention, layer: null, meta: { ...ATTENTION, axis } }, QUERY);
}

test("a row becomes maps of the frames that its keys lie in", () => {
  const spatial = rowFrom("spatial", [1, 2], 0.25, 0.75);
  assert.deepEqual([spatial.start, spatial.maps[0], spatial.maps[2]], [2, null, null]);
  assertClose(spatial.maps[1], [0.25, 0.75]);
  assertClose(spatial.totals, [0, 1, 0]);
  const temporal = rowFrom("temporal", [3], 0.5, 0.25, 0.25);
  assertClose(temporal.maps[0], [NaN, 0.5]);
  assertClose(temporal.totals, [0.5, 0.25, 0.25]);
  const shifted = rowFrom("temporal", [3, 1, 2], 0, 0.5, 0.25, 0.25, 0, 0);
  assertClose(shifted.maps[0], [NaN, 0.5]);
  assertClose(shifted.totals, [0.5, 0.5, 0]);
  const joint = rowFrom("joint", [3, 1, 2], 0.125, 0.125, 0.25, 0, 0.5, 0);
  assertClose(joint.maps[2], [0.5, 0]);
  assertClose(joint.totals, [0.25, 0.25, 0.5]);
  const sources = rowFrom("spatial", [3, 1, 2], 0.125, 0.125, 0.25, 0, 0.5, 0);
  assert.deepEqual([sources.maps[0], sources.maps[2]], [null, null]);
  assertClose(sources.maps[1], [0.25, 0]);
  assertClose(sources.totals, [0.25, 0.25, 0.5]);
});

test("a rollout is cut into frames, and asked for at the place in the model's own grid", () => {
  const array = { shape: [2, 1, 2], values: Float32Array.of(0.125, 0.25, 0.5, 0) };
  const found = rolloutOf({
    description: { window_start: 4, outside: 0.125 },
    arrays: { map: array },
  });
  assert.deepEqual([found.start, found.outside, found.totals], [4, 0.125, [0.375, 0.5]]);
  assertClose(found.maps[1], [0.5, 0]);
  const [plain, fixed] = manifest().models;
  assert.deepEqual(rolloutParameters(fixed, plain.grid, null, 3), {
    kind: "rollout",
    model: "fixed",
    frame: "3",
  });
  // Row 2, column 4 of the first grid is at (16, 32) model pixels: row 1.33, column 2.67 of the other.
  const asked = rolloutParameters(fixed, plain.grid, { row: 2, column: 4 }, 3);
  assert.deepEqual([asked.row, asked.column], ["1", "3"]);
});
