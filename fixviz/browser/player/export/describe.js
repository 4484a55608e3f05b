/* Describes what a view shows as plain data (Description in types.d.ts), which is all that the exports
   know of the viewer. */

/** @import { Description, View } from "../types.d.ts" */

import { caption } from "../caption.js";
import { isUndefined } from "../maps.js";
import { marksOf } from "../marks.js";
import { isOfOneAttention, quantityInView } from "../quantities.js";
import { notice } from "../readouts.js";

/** Convert any CSS color to #rrggbb, which every reader of an SVG file understands. */
function hex(color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function themeOf(viewer) {
  const style = getComputedStyle(viewer.element);
  const color = (name) => hex(style.getPropertyValue(name).trim());
  return {
    background: color("--st-background-color"),
    ink: color("--st-text-color"),
    muted: hex(getComputedStyle(viewer.caption).color),
    lines: viewer.manifest.models.map((_, i) => color(`--line-${i}`)),
  };
}

function panelOf(viewer, i, view, theme) {
  const { maps, manifest } = viewer;
  const model = manifest.models[i];
  const { dialed } = viewer.stage.panels[i];
  const found = maps.map(i, view.frame);
  const map = isUndefined(found) ? null : found;
  const state = { map: found && null, query: view.query, row: maps.row(i), progress: null };
  return {
    title: model.title,
    subtitle: dialed.hidden ? "" : dialed.textContent,
    name: model.name,
    line: theme.lines[i],
    grid: model.grid,
    colors: maps.colors(i),
    map,
    range: map && maps.range(i, view.frame),
    difference: maps.isDifference(i),
    bar: view.scale !== "shared" || maps.isBase(i),
    marks: marksOf(manifest, view, model.grid),
    border: viewer.stage.targets.border(i, view),
    absence: map ? null : notice(manifest, model, view, state),
  };
}

function clipPanel(viewer, view) {
  const { clip, models } = viewer.manifest;
  const [{ grid }] = models;
  return {
    title: "Clip",
    subtitle: clip.name,
    name: null,
    line: null,
    grid,
    map: null,
    marks: marksOf(viewer.manifest, view, grid),
    border: viewer.stage.targets.border(0, view),
    absence: null,
  };
}

function scaleOf(viewer, view) {
  const { maps, manifest } = viewer;
  const { title, mark } = quantityInView(manifest, view);
  const difference = manifest.models.findIndex((_, i) => maps.isDifference(i));
  const first = Math.max(0, difference);
  return {
    title,
    heading: viewer.scaleHeading,
    mark: difference < 0 && mark ? mark : null,
    colors: maps.colors(first),
    shared: view.scale === "shared" ? maps.range(first) : null,
  };
}

/**
 * Describe what the viewer shows, or would show in another frame, the maps of which must be loaded.
 *
 * @param {import("../viewer.js").Viewer} viewer
 * @param {number} frame
 * @returns {Description}
 */
export function describeView(viewer, frame) {
  const { manifest } = viewer;
  /** @type {View} */
  const view = { ...viewer.view, frame };
  const theme = themeOf(viewer);
  return {
    frame,
    timestamp: manifest.frames.timestamp_s[frame],
    frames: manifest.frames.index.length,
    display: manifest.display,
    picture: viewer.requests.frame(frame),
    clip: manifest.clip.name,
    caption: caption(manifest, view),
    view,
    panels: [
      clipPanel(viewer, view),
      ...manifest.models.map((_, i) => panelOf(viewer, i, view, theme)),
    ],
    scale: scaleOf(viewer, view),
    theme,
  };
}

/**
 * The name of an exported file without its ending.
 *
 * @param {string} clip name of the clip
 * @param {string[]} parts texts about what is in the file
 */
export function fileStem(clip, parts) {
  const plain = (text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "");
  const name = plain(clip.replace(/\.[^.]*$/, "")).slice(0, 60) || "clip";
  return [name, ...parts.map(plain)].join("_");
}

/**
 * The parts of a file name that tell what a description shows.
 *
 * @param {Description} description
 * @param {string} frames text about the frames that the file holds
 */
export function nameParts({ scale, view, frame, panels }, frames = `frame ${frame}`) {
  const place = isOfOneAttention(view.show)
    ? [view.axis, `layer ${view.layer}`, `head ${view.head}`]
    : [];
  const versus = panels.some((panel) => panel.difference)
    ? [`from ${panels[Number(view.versus) + 1].name}`]
    : [];
  return [scale.title, ...versus, ...place, frames];
}
