/* The state of the view: what is shown, as plain data, and as the words of a link. */

import { attributionGroups } from "./attributions.js";
import { COLOR_CHOICES } from "./colormaps.js";
import { directionsOf, quantitiesOf } from "./quantities.js";
import { cleanQueries } from "./query.js";

/** Largest power of the fixation ratios that the dial reaches. */
export const MOST_ALPHA = 3;

/**
 * The view of a run that nobody has touched yet: the last layer, where attention is most settled, and the frame that
 * the server names, whose neighbors exist.
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
  };
}

/** All axes of the models in the run, spatial first. */
export function axesOf(manifest) {
  const known = ["spatial", "temporal", "joint"];
  return known.filter((axis) => manifest.models.some((model) => model.axes.includes(axis)));
}

/** Directions of the first model that has any along the axis. */
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
 * A view that the run can show, from the strings of a link or from a changed view. What is missing,
 * misspelled or out of range takes the default.
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
  };
  return Object.fromEntries(Object.keys(base).map((key) => [key, clean[key] ?? base[key]]));
}

/** The view after changes, with what follows from them: the query's frame stays one that can be shown. */
export function settledView(manifest, before, changes, settled) {
  const wanted = { ...before, ...changes };
  const otherAxis = wanted.axis !== before.axis;
  if (otherAxis && !("off" in changes)) wanted.off = "";
  const window = (frame) => manifest.models[0].window_of_frame[frame];
  const away = window(wanted.at) !== window(wanted.frame);
  const otherShow = wanted.show !== before.show || otherAxis;
  // The pooled output belongs to a window, not to a patch, so it follows the frame once that has settled.
  const follows = wanted.show === "rollout" && !wanted.query && settled;
  if (!("at" in changes) && away && (otherShow || follows)) wanted.at = wanted.frame;
  return cleanView(manifest, wanted);
}

/** Numbers of the directions that are switched off, in order, such as "0.3". */
function cleanOff(wanted, count) {
  const numbers = String(wanted ?? "")
    .split(".")
    .map((n) => whole(n, 0, count - 1));
  return [...new Set(numbers.filter((n) => n !== undefined))].sort((a, b) => a - b).join(".");
}

/** What the dial does to the attention in view: `{ alpha, switches }`, `switches` by label of the direction. */
export function dialOf(manifest, view) {
  const directions = runDirections(manifest, view.axis);
  const off = view.off ? view.off.split(".").map((n) => directions[Number(n)].label) : [];
  return { alpha: view.alpha, switches: Object.fromEntries(off.map((label) => [label, false])) };
}

/** Whether the dial shows something other than what the model learned. */
export function isTurned(view) {
  return view.alpha !== 1 || view.off !== "";
}

/** The words of a link that opens this view: strings, without what is at its default. */
export function linkWords(manifest, view) {
  const base = defaultView(manifest);
  const words = Object.entries(view).filter(([key, value]) => value !== base[key]);
  return Object.fromEntries(words.map(([key, value]) => [key, String(value)]));
}
