/* Maps that are not stored: rows of a query, what the dial changes, rollouts. Pure functions of a layer. */

import { placeIn } from "./query.js";

/**
 * A query's row: `{ maps, start, totals, outside, sum, figures, position }`. `maps[t]` is the map of frame
 * `start + t`, or null where no key can be; `totals[t]` is the attention on that frame, all patches together.
 */
export function rowOf({ attention, layer, meta }, { grid, own, query, frame, head, by, dial }) {
  const place = placeIn(grid, query, own);
  const row = attention.row(layer, { frame, ...place, head, by, ...dial });
  const size = meta.rows * meta.columns;
  const start = meta.windows[meta.window_of_frame[frame]];
  const maps = new Array(meta.T).fill(null);
  const values = row.weights;
  if (row.shape.length === 3) {
    for (let t = 0; t < meta.T; t++) maps[t] = values.subarray(t * size, (t + 1) * size);
    if (meta.axis === "temporal")
      maps.forEach((map, t) => (maps[t] = map.map((value) => value || NaN)));
    else if (meta.axis === "spatial")
      maps.forEach((_, t) => t !== row.position && (maps[t] = null));
  } else if (meta.axis === "temporal") {
    for (let t = 0; t < meta.T; t++) {
      maps[t] = new Float32Array(size).fill(NaN);
      maps[t][place.row * meta.columns + place.column] = values[t];
    }
  } else maps[row.position] = values;
  return { ...row, maps, start, place, totals: totalsOf(row, meta) };
}

/** Attention on each frame of the window; null where the row has one frame only. */
function totalsOf({ weights, shape, position }, meta) {
  const totals = new Float32Array(meta.T);
  const size = weights.length / (shape.length === 2 ? 1 : meta.T);
  if (shape.length === 2) return totals.fill(0).map((_, t) => (t === position ? 1 : 0));
  for (let t = 0; t < meta.T; t++) {
    for (let i = 0; i < size; i++) totals[t] += weights[t * size + i];
  }
  return totals;
}

/** The map of a quantity under the dial, in one frame: attention received, or a fixation ratio. */
export function dialMap({ attention, layer }, { show, frame, head, by, dial }) {
  return attention.turnedMap(layer, { show, frame, head, by, ...dial });
}

/** A rollout as the server gave it: `{ maps, start, totals, outside }`. */
export function rolloutOf({ description, arrays }) {
  const { shape, values } = arrays.map;
  const size = shape[1] * shape[2];
  const maps = Array.from({ length: shape[0] }, (_, t) =>
    values.subarray(t * size, (t + 1) * size),
  );
  return {
    maps,
    start: description.window_start,
    outside: description.outside,
    totals: maps.map((map) => map.reduce((a, b) => a + b, 0)),
  };
}

/** Words of the address of a model's rollout in a view. */
export function rolloutWords(model, own, query, frame) {
  const words = { kind: "rollout", model: model.name, frame: String(frame) };
  if (!query) return words;
  const { row, column } = placeIn(model.grid, query, own);
  return { ...words, row: String(row), column: String(column) };
}
