/* Texts of a model's panel: why there is no map, and the lines under the picture. */

/** @import { Manifest, Model, View } from "./types.d.ts" */

import { attributionFigures, attributionOf } from "./attributions.js";
import { rolloutFigures, rowFigures } from "./figures.js";
import { number, percent } from "./format.js";
import { QUANTITIES, absence } from "./quantities.js";
import { fits, isAffected } from "./viewmaps.js";
import { isTurned } from "./view.js";

/**
 * The `line` under a picture: the value under the pointer, or the largest; and `place`: the largest
 * value with its patch, or null.
 */
export function readout(model, map, { hover, best, quantity, signed, difference }) {
  if (!map || !best) return { line: "\u00a0", place: null };
  const unit = quantity.unit ? ` ${quantity.unit}` : "";
  const at = (row, column) => `row ${row}, column ${column}`;
  const text = (value) => `${signed && value > 0 ? "+" : ""}${number(value)}${unit}`;
  const { columns } = model.grid;
  const largest = `Largest ${difference ? "difference " : ""}${text(best.value)}`;
  const line = hover
    ? `${text(map[hover.row * columns + hover.column])} at ${at(hover.row, hover.column)}`
    : largest;
  return {
    line,
    place: `${largest}, at ${at(Math.floor(best.index / columns), best.index % columns)}`,
  };
}

/**
 * Why a panel has no map, or null where it is merely on its way.
 *
 * @param {Manifest} manifest
 * @param {Model} model
 * @param {View} view
 * @param {object} state
 * @param {null | undefined} state.map null: there is none; undefined: it is not here
 * @param {string} state.query
 * @param {any} state.row of the query, as ViewMaps.row gives it
 * @param {string | null} state.progress what the server is doing about it
 * @returns {{ title: string, text: string, waiting?: boolean } | null}
 */
export function notice(manifest, model, view, { map, query, row, progress }) {
  const quantity = QUANTITIES[view.show];
  if (!fits(model, view))
    return {
      title: "Not in this model",
      text: `It has ${model.layers} layers of ${model.heads} heads.`,
    };
  if (!quantity.whole && !model.axes.includes(view.axis)) return absence(model, view, false);
  if (quantity.from === "row" && !query)
    return {
      title: "No query yet",
      text: "Click a patch in any panel, or focus a picture and press an arrow key.",
    };
  if (row && !map && row.maps) {
    const last = row.start + row.maps.length - 1;
    return {
      title: "Another window",
      text: `The query looks at frames ${row.start} to ${last} only.`,
    };
  }
  if (map !== undefined) return absence(model, view, true);
  if (progress !== null)
    return {
      title: "Computing",
      text: progress || "This is computed once and kept.",
      waiting: true,
    };
  if (quantity.from === "stored" && !quantity.reference(manifest, model, view))
    return absence(model, view, false);
  return null;
}

/**
 * Lines under a panel that shows a query's row, a rollout or an attribution: `lead` to read at once,
 * `fine` on demand.
 */
export function panelFigures(manifest, model, view, row, stored) {
  const { from } = QUANTITIES[view.show];
  const attribution = view.show === "attribution" && attributionOf(manifest, model, view);
  if (attribution) return { lead: attributionFigures(attribution, model, view.frame), fine: [] };
  if (!row || (from !== "row" && from !== "rollout")) return { lead: [], fine: [] };
  if (from === "rollout") return rolloutFigures(row, view.frame, row.start);
  const { rows, columns } = model.grid;
  const patches = {
    spatial: `${rows * columns} patches`,
    temporal: `${row.maps.length} frames`,
    joint: `${rows * columns * row.maps.length} patches`,
  };
  return rowFigures(row, {
    patches: patches[view.axis],
    rebuild: model.rebuild_error?.[view.axis]?.[view.layer] ?? null,
    stored,
    turned: isTurned(view) && isAffected(model, view),
    joined: view.axis === "spatial" && view.by === "source" ? elsewhere(row) : null,
  });
}

/** A text about the share of a spatial row that reads other frames, or null where none does. */
function elsewhere({ totals, position }) {
  const other = totals.reduce((sum, value, t) => sum + (t === position ? 0 : value), 0);
  return other > 5e-4 ? `${percent(other)} of it reads the frames before and after` : null;
}
