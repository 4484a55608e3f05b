/* Query patches: up to four places of the first model's grid, in the words of a link "row-column.row-column". */

import { patchAt } from "./geometry.js";

export const MOST_QUERIES = 4;

/** Outlines of the query patches, told apart by color-blind readers too, and visible on every map. */
export const MARKS = ["#ffffff", "#ff9f1c", "#5ce1ff", "#ff6fb5"];

/** `[{ row, column }, ...]` of the words. */
export function readQueries(words) {
  if (!words) return [];
  return words.split(".").map((pair) => {
    const [row, column] = pair.split("-").map(Number);
    return { row, column };
  });
}

export function writeQueries(queries) {
  return queries.map(({ row, column }) => `${row}-${column}`).join(".");
}

/** The words without what is no patch of the grid, without doubles, cut to the most that can be pinned. */
export function cleanQueries(words, grid) {
  const pairs = String(words ?? "")
    .split(".")
    .filter((pair) => /^\d{1,4}-\d{1,4}$/.test(pair));
  const inside = readQueries(pairs.join(".")).filter(
    ({ row, column }) => row < grid.rows && column < grid.columns,
  );
  return [...new Set(writeQueries(inside).split("."))].slice(0, MOST_QUERIES).join(".");
}

/** The active query of a view, or null. */
export function activeQuery(view) {
  return readQueries(view.query)[view.active] ?? null;
}

/** The same place in another model's grid: the patch whose cell holds the patch's center. */
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

/** Changes of the view that make `patch` the query; with `pin` it joins the others instead of taking a place. */
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

/** Changes of the view that take a query away. */
export function remove(view, index) {
  const queries = readQueries(view.query);
  queries.splice(index, 1);
  return {
    query: writeQueries(queries),
    active: Math.max(0, Math.min(view.active - (index < view.active ? 1 : 0), queries.length - 1)),
  };
}
