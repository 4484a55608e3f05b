/* An attention layer of a model: what the server says of it, and the order of its tokens.

   Tokens of a window that attend to each other form a sequence: temporal attention has one for each
   place of the grid, spatial attention one for each frame, joint attention a single one. Features are
   kept head by head, sequence after sequence, so that what is computed together lies together:
   token = sequence * length + slot. */

import { KINDS } from "./kinds.js";

/** @import { Axis, FixationWeights, Features, Fold, Layer, LayerDescription } from "../types.d.ts" */

/** Bytes of prepared windows that a layer keeps; the window used longest ago gives its memory to the next. */
const MEMORY = 256e6;

/** How many inputs of d channels the fixation's projections have: query, key and value, or their own alone. */
const FIXATION_INPUTS = { cooperative: 3, separate: 1 };

/**
 * Make an attention layer, without features yet: see `setWindow`. Throws an Error where the kind of
 * attention, fixation or axis is unknown, or a weight has the wrong size.
 *
 * @param {LayerDescription} meta
 * @param {FixationWeights | null} weights of the fixation; null without one
 * @param {number} memory bytes of prepared windows to keep; two windows are always kept
 * @returns {Layer}
 */
export function createLayer(meta, weights = null, memory = MEMORY) {
  const { axis, frames, rows, columns, heads, head_dim: width } = meta;
  const places = rows * columns;
  const [sequences, length] = entry("axis", axis, {
    temporal: [places, frames],
    spatial: [frames, places],
    joint: [1, frames * places],
  });
  return {
    axis,
    kind: entry("attention", meta.attention, KINDS),
    fixation: meta.fixation === "none" ? null : fixation(meta, weights),
    segment: meta.segment ?? frames,
    folds: Array.from({ length: heads }, (_, head) =>
      meta.folds.filter((fold) => fold.head === head),
    ),
    starts: meta.windows,
    windowOfFrame: meta.window_of_frame,
    frames,
    rows,
    columns,
    heads,
    width,
    places,
    tokens: frames * places,
    sequences,
    length,
    inputs: new Map(),
    memory,
    prepared: new Map(),
    scratch: scratch(length, frames * places),
  };
}

/** The entry of a table; an unknown name is an Error that tells the known ones. */
function entry(what, name, table) {
  if (Object.hasOwn(table, name)) return table[name];
  throw new Error(`There is no ${what} "${name}"; there are ${Object.keys(table).join(", ")}.`);
}

function fixation(meta, weights) {
  const inputs = entry("fixation", meta.fixation, FIXATION_INPUTS);
  const size = meta.head_dim ** 2 * inputs;
  for (const name of ["query_weight", "key_weight"]) {
    if (weights?.[name]?.length !== size)
      throw new Error(`The fixation's ${name} must have ${size} numbers.`);
  }
  const { query_weight, query_bias, key_weight, key_bias } = weights;
  return {
    cooperative: inputs > 1,
    query: { weight: query_weight, bias: query_bias },
    key: { weight: key_weight, bias: key_bias },
  };
}

/** Buffers in which results are put together; nothing in them outlives a call. */
function scratch(length, tokens) {
  return {
    slots: new Float64Array(length),
    sorted: new Float64Array(length),
    map: new Float64Array(tokens),
    total: new Float64Array(tokens),
  };
}

/**
 * Give the layer one window's unshifted features.
 *
 * @param {Layer} layer
 * @param {number} window
 * @param {Features} features
 */
export function setWindow(layer, window, { query, key, value }) {
  const size = layer.tokens * layer.heads * layer.width;
  for (const [name, array] of Object.entries({ query, key, value })) {
    if (array.length !== size)
      throw new Error(`The ${name} of a window must have ${size} numbers.`);
  }
  layer.inputs.set(window, { query, key, value });
  layer.prepared.delete(window);
}

/**
 * Give the layer other features of a window that it may hold already, and keep the memory in which that is prepared.
 *
 * @param {Layer} layer
 * @param {number} window
 * @param {Features} features
 */
export function renewWindow(layer, window, features) {
  layer.inputs.set(window, features);
  for (const head of layer.prepared.get(window)?.heads ?? []) head.signature = null;
}

/**
 * Give the layer the features of all windows: arrays as in `setWindow` with the windows as first axis.
 *
 * @param {Layer} layer
 * @param {Features} arrays
 */
export function setWindows(layer, arrays) {
  const size = layer.tokens * layer.heads * layer.width;
  layer.starts.forEach((_, window) => {
    const part = (array) => array.subarray(window * size, (window + 1) * size);
    setWindow(layer, window, {
      query: part(arrays.query),
      key: part(arrays.key),
      value: part(arrays.value),
    });
  });
}

/** Throw a RangeError where alpha is no finite number of 0 or more. */
export function checkAlpha(alpha) {
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new RangeError("Alpha must be a number of 0 or more.");
}

/** Whether the features from which a frame's maps are computed have come. */
export function hasFrame(layer, frame) {
  return layer.inputs.has(layer.windowOfFrame[frame]);
}

/**
 * The window from which a frame takes its maps, and the frame's position in it.
 *
 * @param {Layer} layer
 * @param {number} frame
 */
export function placeOfFrame(layer, frame) {
  const window = layer.windowOfFrame[frame];
  if (window === undefined) throw new RangeError(`There is no frame ${frame}.`);
  return { window, position: frame - layer.starts[window] };
}

/**
 * The folds of a head that are switched on.
 *
 * @param {Layer} layer
 * @param {number} head
 * @param {Record<string, boolean> | null} switches label of a direction -> false to switch it off
 */
export function activeFolds(layer, head, switches) {
  const folds = layer.folds[head];
  return switches === null ? folds : folds.filter(({ label }) => switches[label] !== false);
}

/** The place of a token in its window: position of its frame * places + patch. */
export function placeOfToken(layer, token) {
  if (layer.axis !== "temporal") return token;
  return (token % layer.frames) * layer.places + Math.floor(token / layer.frames);
}

/** The inverse of `placeOfToken`. */
export function tokenOfPlace(layer, place) {
  if (layer.axis !== "temporal") return place;
  return (place % layer.places) * layer.frames + Math.floor(place / layer.places);
}

/**
 * The place whose channels a fold reads at `place`, or -1 when it lies outside the grid, the clip or the segment.
 * With `sign` -1: the place whose fold reads this one.
 *
 * @param {Layer} layer
 * @param {Fold} fold
 */
export function neighborPlace(layer, fold, place, sign = 1) {
  const patch = place % layer.places;
  const t = (place - patch) / layer.places;
  const column = patch % layer.columns;
  const row = (patch - column) / layer.columns;
  const frame = t + sign * fold.dt;
  const y = row + sign * fold.dy;
  const x = column + sign * fold.dx;
  if (y < 0 || y >= layer.rows || x < 0 || x >= layer.columns || frame < 0 || frame >= layer.frames)
    return -1;
  if (Math.floor(frame / layer.segment) !== Math.floor(t / layer.segment)) return -1;
  return frame * layer.places + y * layer.columns + x;
}
