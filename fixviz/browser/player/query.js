/* Query patches: up to four places of the first model's grid, in a URL as "row-column.row-column". */

/** @import { Grid, View } from "./types.d.ts" */
/** @typedef {{ row: number, column: number }} Patch */

import { patchAt } from "./geometry.js";

const MOST_QUERIES = 4;

/** Colors of the query patches' outlines, which color-blind people tell apart and which show on every map. */
export const MARKS = ["#ffffff", "#ff9f1c", "#5ce1ff", "#ff6fb5"];

/**
 * Parse query patches.
 *
 * @param {string} text
 * @returns {Patch[]}
 */
export function readQueries(text) {
  if (!text) return [];
  return text.split(".").map((pair) => {
    const [row, column] = pair.split("-").map(Number);
    return { row, column };
  });
}

/**
 * Write query patches as a text, see `readQueries`.
 *
 * @param {Patch[]} queries
 */
export function writeQueries(queries) {
  return queries.map(({ row, column }) => `${row}-${column}`).join(".");
}

/**
 * The text of query patches without what is no patch of the grid, without doubles, and with at most
 * MOST_QUERIES patches.
 *
 * @param {unknown} text
 * @param {Grid} grid
 */
export function cleanQueries(text, grid) {
  const pairs = String(text ?? "")
    .split(".")
    .filter((pair) => /^\d{1,4}-\d{1,4}$/.test(pair));
  const inside = readQueries(pairs.join(".")).filter(
    ({ row, column }) => row < grid.rows && column < grid.columns,
  );
  return [...new Set(writeQueries(inside).split("."))].slice(0, MOST_QUERIES).join(".");
}

/**
 * The active query patch of a view, or null.
 *
 * @param {View} view
 */
export function activeQuery(view) {
  return readQueries(view.query)[view.active] ?? null;
}

/**
 * The patch of another model's grid whose cell holds the center of a patch.
 *
 * @param {Grid} grid
 * @param {Patch} query
 * @param {Grid} own the grid of `query`
 */
export function placeIn(grid, query, own) {
  if (grid === own) return query;
  const [perY, perX] = own.display_per_model;
  const found = patchAt(grid, query.column * own.stride * perX, query.row * own.stride * perY, 1);
  return (
    found ?? {
      row: Math.min(query.row, grid.rows - 1),
      column: Math.min(query.column, grid.columns - 1),
    }
  );
}

/**
 * Changes of the view that make a patch the active query.
 *
 * @param {View} view
 * @param {Patch} patch
 * @param {boolean} pin add the patch to the others; otherwise it replaces the active one
 */
export function choose(view, patch, pin) {
  const queries = readQueries(view.query);
  const known = queries.findIndex(
    ({ row, column }) => row === patch.row && column === patch.column,
  );
  let active = known;
  if (known < 0 && pin && queries.length < MOST_QUERIES) active = queries.push(patch) - 1;
  else if (known < 0) {
    active = Math.min(view.active, Math.max(0, queries.length - 1));
    queries[active] = patch;
  }
  return { query: writeQueries(queries), active };
}

/**
 * Changes of the view that remove a query patch.
 *
 * @param {View} view
 * @param {number} index
 */
export function remove(view, index) {
  const queries = readQueries(view.query);
  queries.splice(index, 1);
  return {
    query: writeQueries(queries),
    active: Math.max(0, Math.min(view.active - (index < view.active ? 1 : 0), queries.length - 1)),
  };
}
