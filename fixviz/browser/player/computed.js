/* Maps that are not stored: rows of a query, maps under the dial, rollouts. Pure functions. */

/** @import { Grid, Model } from "./types.d.ts" */

import { placeIn } from "./query.js";

/**
 * Compute a query's row: what attention/rows.js returns, and `maps`, `start`, `totals`. `maps[t]` is the
 * map of frame `start + t`, or null where the query has no keys; `totals[t]` is the attention on all
 * patches of that frame.
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
    else if (meta.axis === "spatial") {
      for (let t = 0; t < meta.T; t++) if (t !== row.position) maps[t] = null;
    }
  } else if (meta.axis === "temporal") {
    for (let t = 0; t < meta.T; t++) {
      maps[t] = new Float32Array(size).fill(NaN);
      maps[t][place.row * meta.columns + place.column] = values[t];
    }
  } else maps[row.position] = values;
  return { ...row, maps, start, place, totals: totalsOf(row, meta) };
}

/** The attention on each frame of the window. */
function totalsOf({ weights, shape, position }, meta) {
  const totals = new Float32Array(meta.T);
  const size = weights.length / (shape.length === 2 ? 1 : meta.T);
  if (shape.length === 2) return totals.fill(0).map((_, t) => (t === position ? 1 : 0));
  for (let t = 0; t < meta.T; t++) {
    for (let i = 0; i < size; i++) totals[t] += weights[t * size + i];
  }
  return totals;
}

/** Compute the map of a quantity under the dial in one frame: attention received, or a fixation ratio. */
export function dialMap({ attention, layer }, { show, frame, head, by, dial }) {
  return attention.turnedMap(layer, { show, frame, head, by, ...dial });
}

/** Cut a rollout from the server into frames: `{ maps, start, totals, outside }`, as in `rowOf`. */
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

/**
 * Query parameters of the request for a model's rollout.
 *
 * @param {Model} model
 * @param {Grid} own the grid in which the query patch is given
 * @param {{ row: number, column: number } | null} query null for the pooled output
 * @param {number} frame
 */
export function rolloutParameters(model, own, query, frame) {
  const parameters = { kind: "rollout", model: model.name, frame: String(frame) };
  if (!query) return parameters;
  const { row, column } = placeIn(model.grid, query, own);
  return { ...parameters, row: String(row), column: String(column) };
}
