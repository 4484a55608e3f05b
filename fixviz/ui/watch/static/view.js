/* The state of the view: what is shown, as plain data, and as the words of a link. */

import { COLOR_MAPS } from "./colormaps.js";
import { QUANTITIES, directionsOf } from "./quantities.js";

/** The view of a run that nobody has touched yet: the last layer, where attention is most settled. */
export function defaultView(manifest) {
  const layers = Math.max(...manifest.models.map((model) => model.layers));
  const axes = axesOf(manifest);
  return {
    frame: 0,
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
  };
}

/** All axes of the models in the run, spatial first. */
export function axesOf(manifest) {
  const known = ["spatial", "temporal", "joint"];
  return known.filter((axis) => manifest.models.some((model) => model.axes.includes(axis)));
}

/** Directions of the first model that has any along the axis. */
export function runDirections(manifest, axis) {
  return manifest.models.map((model) => directionsOf(model, axis)).find((list) => list.length) ?? [];
}

const whole = (value, low, high) => {
  const n = Number(value);
  return value !== "" && value !== null && Number.isInteger(n) && n >= low && n <= high ? n : undefined;
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
  const clean = {
    frame: whole(wanted.frame, 0, manifest.frames.index.length - 1),
    show: oneOf(wanted.show, Object.keys(QUANTITIES)),
    layer: whole(wanted.layer, 0, count("layers") - 1),
    head: whole(wanted.head, 0, count("heads") - 1),
    axis,
    by: oneOf(wanted.by, ["source", "slot"]),
    neighbor: whole(wanted.neighbor, 0, runDirections(manifest, axis).length - 1),
    scale: oneOf(wanted.scale, ["shared", "clip", "frame"]),
    overlay: whole(wanted.overlay, 0, 100),
    style: oneOf(wanted.style, ["blocks", "smooth"]),
    colors: oneOf(wanted.colors, Object.keys(COLOR_MAPS)),
  };
  return Object.fromEntries(Object.keys(base).map((key) => [key, clean[key] ?? base[key]]));
}

/** The words of a link that opens this view: strings, without what is at its default. */
export function linkWords(manifest, view) {
  const base = defaultView(manifest);
  const words = Object.entries(view).filter(([key, value]) => value !== base[key]);
  return Object.fromEntries(words.map(([key, value]) => [key, String(value)]));
}
