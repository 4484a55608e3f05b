/* The view: what the viewer shows, as plain data and as query parameters of the URL. */

/** @import { Axis, Manifest, View } from "./types.d.ts" */

import { attributionGroups } from "./attributions.js";
import { COLOR_CHOICES } from "./colormaps.js";
import { directionsOf, quantitiesOf } from "./quantities.js";
import { cleanQueries } from "./query.js";

/** The largest power of the fixation ratios on the dial. */
export const MOST_ALPHA = 3;

/**
 * The view in which a run opens: the last layer, where attention is most settled, and the frame that
 * the server names, which has neighbors.
 *
 * @param {Manifest} manifest
 * @returns {View}
 */
export function defaultView(manifest) {
  const layers = Math.max(...manifest.models.map((model) => model.layers));
  const axes = axesOf(manifest);
  return {
    frame: manifest.opening_frame ?? 0,
    show: "attention",
    layer: layers - 1,
    head: "mean",
    axis: axes.includes("spatial") ? "spatial" : axes[0],
    by: "source",
    neighbor: "all",
    scale: "shared",
    overlay: 60,
    style: "blocks",
    colors: "viridis",
    query: "",
    active: 0,
    at: manifest.opening_frame ?? 0,
    alpha: 1,
    off: "",
    versus: "none",
    attribution: attributionGroups(manifest)[0]?.id ?? "",
    outline: "target",
    models: "",
    present: "",
  };
}

/**
 * All axes of the models in the run, spatial first.
 *
 * @param {Manifest} manifest
 */
export function axesOf(manifest) {
  const known = /** @type {Axis[]} */ (["spatial", "temporal", "joint"]);
  return known.filter((axis) => manifest.models.some((model) => model.axes.includes(axis)));
}

/**
 * The directions of the first model that has any along the axis.
 *
 * @param {Manifest} manifest
 * @param {Axis} axis
 */
export function runDirections(manifest, axis) {
  return (
    manifest.models.map((model) => directionsOf(model, axis)).find((list) => list.length) ?? []
  );
}

const whole = (value, low, high) => {
  const n = Number(value);
  return value !== "" && value !== null && Number.isInteger(n) && n >= low && n <= high
    ? n
    : undefined;
};
const between = (value, low, high) => {
  const n = Number(value);
  return value !== "" && value !== null && n >= low && n <= high
    ? Math.round(100 * n) / 100
    : undefined;
};
const oneOf = (value, options) => (options.includes(value) ? value : undefined);

/**
 * A view that the run can show, from query parameters or from a changed view. What is missing,
 * misspelled or out of range takes the default.
 *
 * @param {Manifest} manifest
 * @param {Partial<Record<keyof View, any>>} wanted
 * @returns {View}
 */
export function cleanView(manifest, wanted) {
  const base = defaultView(manifest);
  const count = (key) => Math.max(...manifest.models.map((model) => model[key]));
  const axis = oneOf(wanted.axis, axesOf(manifest)) ?? base.axis;
  const query = cleanQueries(wanted.query, manifest.models[0].grid);
  const directions = runDirections(manifest, axis);
  const clean = {
    frame: whole(wanted.frame, 0, manifest.frames.index.length - 1),
    show: oneOf(wanted.show, quantitiesOf(manifest)),
    layer: whole(wanted.layer, 0, count("layers") - 1),
    head: wanted.head === "max" ? "max" : whole(wanted.head, 0, count("heads") - 1),
    axis,
    by: oneOf(wanted.by, ["source", "slot"]),
    neighbor: whole(wanted.neighbor, 0, directions.length - 1),
    scale: oneOf(wanted.scale, ["shared", "clip", "frame"]),
    overlay: whole(wanted.overlay, 0, 100),
    style: oneOf(wanted.style, ["blocks", "smooth"]),
    colors: oneOf(wanted.colors, COLOR_CHOICES),
    query,
    active: whole(wanted.active, 0, Math.max(0, query.split(".").length - 1)),
    at: whole(wanted.at, 0, manifest.frames.index.length - 1),
    alpha: between(wanted.alpha, 0, MOST_ALPHA),
    off: cleanOff(wanted.off, directions.length),
    versus: whole(wanted.versus, 0, manifest.models.length - 1),
    attribution: oneOf(
      wanted.attribution,
      attributionGroups(manifest).map(({ id }) => id),
    ),
    outline: oneOf(wanted.outline, ["target", "none"]),
    models: cleanModels(manifest, wanted.models),
    present: oneOf(wanted.present, ["1"]),
  };
  const entries = Object.keys(base).map((key) => [key, clean[key] ?? base[key]]);
  return /** @type {View} */ (Object.fromEntries(entries));
}

/**
 * The view after changes, and after what follows from them: the query's frame stays one that can be shown.
 *
 * @param {Manifest} manifest
 * @param {View} before
 * @param {Partial<View>} changes
 * @param {boolean} settled false while something is still dragged or played
 */
export function settledView(manifest, before, changes, settled) {
  const wanted = { ...before, ...changes };
  const otherAxis = wanted.axis !== before.axis;
  if (otherAxis && !("off" in changes)) wanted.off = "";
  const window = (frame) => manifest.models[0].window_of_frame[frame];
  const away = window(wanted.at) !== window(wanted.frame);
  const otherShow = wanted.show !== before.show || otherAxis;
  // The pooled output belongs to a window, not to a patch, so it follows a frame that has settled.
  const follows = wanted.show === "rollout" && !wanted.query && settled;
  if (!("at" in changes) && away && (otherShow || follows)) wanted.at = wanted.frame;
  return cleanView(manifest, wanted);
}

/** Names of the models to show, in the run's order, such as "softmax.fixation"; empty for all of them. */
function cleanModels(manifest, wanted) {
  const named = String(wanted ?? "").split(".");
  const names = manifest.models.map(({ name }) => name);
  const found = names.filter((name) => named.includes(name));
  return found.length < names.length ? found.join(".") : "";
}

/**
 * Whether the view shows a model's panel.
 *
 * @param {View} view
 * @param {import("./types.d.ts").Model} model
 */
export function isShown({ models }, { name }) {
  return !models || models.split(".").includes(name);
}

/** The numbers of the directions that are switched off, in order, such as "0.3". */
function cleanOff(wanted, count) {
  const numbers = String(wanted ?? "")
    .split(".")
    .map((n) => whole(n, 0, count - 1));
  return [...new Set(numbers.filter((n) => n !== undefined))].sort((a, b) => a - b).join(".");
}

/**
 * What the dial changes in the attention in view, as in a request to the attention modules.
 *
 * @param {Manifest} manifest
 * @param {View} view
 */
export function dialOf(manifest, view) {
  const directions = runDirections(manifest, view.axis);
  const off = view.off ? view.off.split(".").map((n) => directions[Number(n)].label) : [];
  return { alpha: view.alpha, switches: Object.fromEntries(off.map((label) => [label, false])) };
}

/**
 * Whether the dial shows something other than what the model learned.
 *
 * @param {View} view
 */
export function isTurned(view) {
  return view.alpha !== 1 || view.off !== "";
}

/**
 * Query parameters of a URL that opens this view, without those at their defaults.
 *
 * @param {Manifest} manifest
 * @param {View} view
 * @returns {Record<string, string>}
 */
export function urlParameters(manifest, view) {
  const base = defaultView(manifest);
  const changed = Object.entries(view).filter(([key, value]) => value !== base[key]);
  return Object.fromEntries(changed.map(([key, value]) => [key, String(value)]));
}
