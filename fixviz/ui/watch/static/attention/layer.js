/* One attention of one model: what Python serves about it, and where its tokens are.

   Tokens of a window that attend to each other form a sequence: temporal attention has one per grid place, spatial
   attention one per frame, joint attention a single one. Features are kept head by head, sequence after sequence, so
   that whatever is computed together lies together: token = sequence * length + slot. */

/** Bytes of prepared windows that a layer keeps; the one used longest ago gives its memory to the next. */
const MEMORY = 256e6;

/**
 * An attention layer, without features yet: see `setWindow`.
 *
 * `meta`: axis "temporal" | "spatial" | "joint", attention "linear" | "softmax",
 * fixation "none" | "separate" | "cooperative", segment (frames, or null), folds (one entry per head and direction:
 * label, dt, dy, dx, head, start, stop, keeps_own; channels start..stop within the head come from that neighbor),
 * windows (first frame of each), window_of_frame, frames (of a window), rows, columns, heads, head_dim.
 * `weights`, with fixation: query_weight, key_weight (Float32Array [d, 3d]; separate: [d, d]), query_bias, key_bias
 * (Float32Array [d]); with a shared projection both are the same arrays. `memory`: bytes of prepared windows to keep;
 * two windows are always kept.
 */
export function createLayer(meta, weights = null, memory = MEMORY) {
  const { axis, frames, rows, columns, heads, head_dim: width } = meta;
  const places = rows * columns;
  const [sequences, length] = {
    temporal: [places, frames],
    spatial: [frames, places],
    joint: [1, frames * places],
  }[axis];
  return {
    axis,
    linear: isLinear(meta.attention),
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

function isLinear(attention) {
  if (!["softmax", "linear"].includes(attention)) {
    throw new Error(`There is no attention "${attention}"; there are softmax and linear.`);
  }
  return attention === "linear";
}

function fixation(meta, weights) {
  const cooperative = meta.fixation === "cooperative";
  const size = meta.head_dim ** 2 * (cooperative ? 3 : 1);
  for (const name of ["query_weight", "key_weight"]) {
    if (weights?.[name]?.length !== size)
      throw new Error(`The fixation's ${name} must have ${size} numbers.`);
  }
  const { query_weight, query_bias, key_weight, key_bias } = weights;
  return {
    cooperative,
    query: { weight: query_weight, bias: query_bias },
    key: { weight: key_weight, bias: key_bias },
  };
}

/** Buffers in which answers are put together; nothing in them outlives a call. */
function scratch(length, tokens) {
  return {
    slots: new Float64Array(length),
    sorted: new Float64Array(length),
    map: new Float64Array(tokens),
    total: new Float64Array(tokens),
  };
}

/** Give the layer one window's unshifted features, Float32Arrays [frames, rows, columns, heads, head_dim]. */
export function setWindow(layer, window, { query, key, value }) {
  const size = layer.tokens * layer.heads * layer.width;
  for (const [name, array] of Object.entries({ query, key, value })) {
    if (array.length !== size)
      throw new Error(`The ${name} of a window must have ${size} numbers.`);
  }
  layer.inputs.set(window, { query, key, value });
  layer.prepared.delete(window);
}

/** The same for arrays of all windows, [windows, frames, rows, columns, heads, head_dim]. */
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

/** Refuse powers that no dial has. */
export function checkAlpha(alpha) {
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new RangeError("Alpha must be a number of 0 or more.");
}

/** Whether the features that a frame's maps are made of have come. */
export function hasFrame(layer, frame) {
  return layer.inputs.has(layer.windowOfFrame[frame]);
}

/** `{ window, position }`: the window from which a frame takes its maps, and where it lies in it. */
export function placeOfFrame(layer, frame) {
  const window = layer.windowOfFrame[frame];
  if (window === undefined) throw new RangeError(`There is no frame ${frame}.`);
  return { window, position: frame - layer.starts[window] };
}

/** The folds of a head that are switched on. `switches`: label of a direction -> false to switch it off, or null. */
export function activeFolds(layer, head, switches) {
  const folds = layer.folds[head];
  return switches === null ? folds : folds.filter(({ label }) => switches[label] !== false);
}

/** Where a token of a sequence lies: place = position of its frame * places + patch. */
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
