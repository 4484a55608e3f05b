/* The outlines of the query patches. */

/** @import { Grid, Manifest, View } from "./types.d.ts" */

import { QUANTITIES } from "./quantities.js";
import { MARKS, placeIn, readQueries } from "./query.js";

/**
 * The outline of each query patch in a grid; `faint` where the maps belong to another frame's query.
 *
 * @param {Manifest} manifest
 * @param {View} view
 * @param {Grid} grid
 */
export function marksOf(manifest, view, grid) {
  const follows =
    QUANTITIES[view.show].from === "stored" || (view.show === "row" && view.axis === "spatial");
  return readQueries(view.query).map((query, i) => ({
    ...placeIn(grid, query, manifest.models[0].grid),
    grid,
    color: MARKS[i],
    active: i === view.active,
    faint: !follows && view.at !== view.frame,
  }));
}
