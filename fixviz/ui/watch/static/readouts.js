/* What the viewer says about a model's panel: why there is no map, and the words under it. */

import { attributionFigures, attributionOf } from "./attributions.js";
import { rolloutFigures, rowFigures } from "./figures.js";
import { number, percent } from "./format.js";
import { QUANTITIES, absence } from "./quantities.js";
import { fits, isAffected } from "./viewmaps.js";
import { isTurned } from "./view.js";

/** One line under a picture: the value under the pointer, or the largest. */
export function readout(model, map, { hover, best, quantity, signed, difference }) {
  if (!map || !best) return "\u00a0";
  const unit = quantity.unit ? ` ${quantity.unit}` : "";
  const at = (row, column) => `row ${row}, column ${column}`;
  const words = (value) => `${signed && value > 0 ? "+" : ""}${number(value)}${unit}`;
  if (hover) return `${words(map[hover.row * model.grid.columns + hover.column])} at ${at(hover.row, hover.column)}`;
  return `Largest ${difference ? "difference " : ""}${words(best.value)} at ${at(Math.floor(best.index / model.grid.columns), best.index % model.grid.columns)}`;
}

/** Why a panel has no map: `{ title, text }`. `map` is null (there is none) or undefined (not asked or not here). */
export function notice(manifest, model, view, { map, query, row, progress }) {
  const quantity = QUANTITIES[view.show];
  if (!fits(model, view)) return { title: "Not in this model", text: `It has ${model.layers} layers of ${model.heads} heads.` };
  if (!quantity.whole && !model.axes.includes(view.axis)) return absence(model, view, false);
  if (quantity.from === "row" && !query) return { title: "No query yet", text: "Click a patch in any panel, or focus a picture and press an arrow key." };
  if (row && !map && row.maps) {
    const last = row.start + row.maps.length - 1;
    return { title: "Another window", text: `The query looks at frames ${row.start} to ${last} only.` };
  }
  if (map !== undefined) return absence(model, view, true);
  if (progress !== null) return { title: "Computing", text: progress || "The server computes this once and keeps it.", waiting: true };
  if (quantity.from === "stored" && !quantity.reference(manifest, model, view)) return absence(model, view, false);
  return null;
}

/** The numbers under a panel that shows a query's row, a rollout or an attribution, or null. */
export function panelFigures(manifest, model, view, row, stored) {
  const { from } = QUANTITIES[view.show];
  const attribution = view.show === "attribution" && attributionOf(manifest, model, view);
  if (attribution) return { lines: attributionFigures(attribution, model, view.frame), exact: "", help: null };
  if (!row || (from !== "row" && from !== "rollout")) return null;
  if (from === "rollout") return rolloutFigures(row, view.frame, row.start);
  const { rows, columns } = model.grid;
  const patches = { spatial: `${rows * columns} patches`, temporal: `${row.maps.length} frames`, joint: `${rows * columns * row.maps.length} patches` };
  return rowFigures(row, {
    patches: patches[view.axis],
    rebuild: model.rebuild_error?.[view.axis]?.[view.layer] ?? null,
    stored,
    turned: isTurned(view) && isAffected(model, view),
    joined: view.axis === "spatial" && view.by === "source" ? elsewhere(row) : null,
  });
}

/** How much of a spatial row reads other frames, in words, or null when none does. */
function elsewhere({ totals, position }) {
  const other = totals.reduce((sum, value, t) => sum + (t === position ? 0 : value), 0);
  return other > 5e-4 ? `${percent(other)} of it reads the frames before and after` : null;
}
