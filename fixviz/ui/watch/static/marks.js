/* Where the outlines of the query patches lie. */

import { QUANTITIES } from "./quantities.js";
import { MARKS, placeIn, readQueries } from "./query.js";

/** `{ row, column, grid, color, active, faint }` of each query in a grid; faint where the maps hang on another frame. */
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
