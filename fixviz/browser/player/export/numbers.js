/* Writes the numbers of a view for other programs: the maps as CSV, all arrays of a layer as NPZ. */

/** @import { ArrayReference, Description, FileReference, Manifest, Model } from "../types.d.ts" */

import { csvCell, csvComment } from "./csv.js";

/**
 * Write the maps shown as a CSV file: comments that say what they are, then model, row, column, value.
 *
 * @param {Pick<Description, "caption" | "clip" | "panels" | "scale">} description
 */
export function csvOf({ caption, clip, panels, scale }) {
  const differs = panels.some((panel) => panel.difference);
  const own = panels.filter((panel) => differs && panel.map && !panel.difference);
  const comments = [
    `${scale.heading} per patch`,
    `Clip: ${clip}`,
    caption,
    ...own.map(({ name }) => `The values of ${name} are its own, not differences.`),
    "An undefined value is written nan. Rows and columns of patches count from 0 at the top left.",
  ];
  const lines = comments.map(csvComment);
  lines.push("model,row,column,value");
  for (const { name, grid, map } of panels) {
    if (!map) continue;
    map.forEach((value, i) => {
      const text = Number.isNaN(value) ? "nan" : String(value);
      lines.push(`${csvCell(name)},${Math.floor(i / grid.columns)},${i % grid.columns},${text}`);
    });
  }
  return new Blob([`${lines.join("\n")}\n`], { type: "text/csv" });
}

const TYPES = {
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  int32: "<i4",
  uint16: "<u2",
  uint8: "|u1",
};

/**
 * Write an array file of numpy (NPY format 1.0).
 *
 * @param {string} dtype
 * @param {number[]} shape
 * @param {Uint8Array} bytes values in C order, little-endian
 */
export function npy(dtype, shape, bytes) {
  return arrayFile(TYPES[dtype], shape, bytes);
}

/** Write a text as an array file of numpy: a single string, which `str(array)` returns. */
function npyOfText(text) {
  const points = Uint32Array.from(text, (character) => character.codePointAt(0));
  return arrayFile(`<U${points.length}`, [], new Uint8Array(points.buffer));
}

function arrayFile(type, shape, bytes) {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = 64 * Math.ceil((10 + header.length + 1) / 64);
  const file = new Uint8Array(length + bytes.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, length - 10, true);
  file.set(new TextEncoder().encode(header.padEnd(length - 11) + "\n"), 10);
  file.set(bytes, length);
  return file;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/** The little-endian bytes of fields `[size in bytes, value]`. */
function record(fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

/**
 * Write a ZIP file without compression; at most 4 GB, which no layer reaches.
 *
 * @param {[string, Uint8Array][]} entries names and contents
 */
export function zip(entries) {
  const UTF8_NAMES = 0x0800;
  // The first date of ZIP, for all entries: equal numbers make equal files.
  const EARLIEST = 0x0021;
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, bytes] of entries) {
    const label = new TextEncoder().encode(name);
    const common = [
      [2, 20],
      [2, UTF8_NAMES],
      [2, 0],
      [2, 0],
      [2, EARLIEST],
      [4, crc32(bytes)],
      [4, bytes.length],
      [4, bytes.length],
      [2, label.length],
      [2, 0],
    ];
    const head = record([[4, 0x04034b50], ...common]);
    directory.push(
      record([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]),
      label,
    );
    parts.push(head, label, bytes);
    at += head.length + label.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = entries.length;
  const end = record([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, at],
    [2, 0],
  ]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/**
 * Whether a stored array has the layers of a model as its first axis.
 *
 * @param {Model} model
 * @param {string} name
 */
function isByLayer(model, name) {
  // The baseline, a result without knowledge of the target, is the same in every layer.
  return model.axes.some(
    (axis) =>
      name.startsWith(`${model.name}/${axis}/`) &&
      !name.startsWith(`${model.name}/${axis}/baseline/`),
  );
}

/**
 * Names of the models' stored arrays: those in `parts` have a part for the layer, those in `whole`
 * belong to no layer.
 *
 * @param {Pick<Manifest, "arrays" | "models">} manifest
 * @param {number} layer
 */
export function arraysFor(manifest, layer) {
  const parts = [];
  const whole = [];
  for (const name of Object.keys(manifest.arrays)) {
    const model = manifest.models.find((one) => name.startsWith(`${one.name}/`));
    if (!model) continue;
    if (!isByLayer(model, name)) whole.push(name);
    else if (layer < model.layers) parts.push(name);
  }
  return { parts, whole };
}

/**
 * Write all numbers of one layer as an NPZ file: each array under its name in the manifest, in its
 * stored type and without the layer axis; arrays that belong to no layer, whole; frames/index and
 * frames/timestamp_s; and the manifest as JSON in the array `manifest`.
 *
 * @param {Manifest} manifest
 * @param {number} layer
 * @param {(reference: ArrayReference) => Promise<ArrayBuffer>} fetchBytes
 * @param {(share: number) => void} onProgress may throw to stop
 */
export async function npzOf(manifest, layer, fetchBytes, onProgress) {
  const { parts, whole } = arraysFor(manifest, layer);
  const names = [...parts, ...whole];
  /** @type {[string, Uint8Array][]} */
  const entries = [];
  for (const name of names) {
    onProgress(entries.length / names.length);
    const reference = manifest.arrays[name];
    const { dtype, shape } = reference;
    const bytes = new Uint8Array(await fetchBytes(reference));
    const size = bytes.length / shape[0];
    const part = whole.includes(name)
      ? npy(dtype, shape, bytes)
      : npy(dtype, shape.slice(1), bytes.subarray(layer * size, (layer + 1) * size));
    entries.push([`${name}.npy`, part]);
  }
  const { index, timestamp_s: times } = manifest.frames;
  entries.push([
    "frames/index.npy",
    npy("int32", [index.length], new Uint8Array(Int32Array.from(index).buffer)),
  ]);
  entries.push([
    "frames/timestamp_s.npy",
    npy("float64", [times.length], new Uint8Array(Float64Array.from(times).buffer)),
  ]);
  entries.push(["manifest.npy", npyOfText(JSON.stringify(manifest))]);
  return zip(entries);
}
