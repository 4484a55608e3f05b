/* Writes a figure as SVG: text as text, patches as rectangles, frames as embedded pictures. */

/** @import { Figure } from "../types.d.ts" */

import { gradientImage } from "./canvas.js";
import { COLOR_MAPS, colorIndex } from "../colormaps.js";
import { el } from "../dom.js";
import { BORDER, grayFrame, mapImage, newCanvas } from "../painter.js";

const round = (length) => String(Number(length.toFixed(3)));

function box({ x, y, width, height }) {
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

function pictureOf(canvas, attributes) {
  return el("svg:image", {
    ...attributes,
    href: canvas.toDataURL("image/png"),
    preserveAspectRatio: "none",
  });
}

function frameCanvas(image) {
  const canvas = newCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

/** Make a rectangle for each defined patch of a map. */
function cells({ x, y, width, height, rows, columns, values, range, colors }) {
  const table = COLOR_MAPS[colors];
  const [cellWidth, cellHeight] = [width / columns, height / rows];
  const list = [];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const at = 3 * colorIndex(value, range.low, range.high);
    const place = {
      x: x + (i % columns) * cellWidth,
      y: y + Math.floor(i / columns) * cellHeight,
      width: cellWidth,
      height: cellHeight,
    };
    list.push(
      el("svg:rect", {
        ...box(place),
        fill: `rgb(${table[at]},${table[at + 1]},${table[at + 2]})`,
      }),
    );
  });
  return list;
}

/** Make a group that shows only what lies inside `clip`. */
function clipped(clip, id, attributes, content) {
  const inside = el("svg:clipPath", { id }, el("svg:rect", box(clip)));
  return el(
    "svg:g",
    {},
    inside,
    el("svg:g", { ...attributes, "clip-path": `url(#${id})` }, ...content),
  );
}

const NODES = {
  rect: (item) =>
    el("svg:rect", { ...box(item), fill: item.fill, "fill-opacity": item.opacity ?? null }),
  circle: ({ x, y, radius, fill }) =>
    el("svg:circle", { cx: round(x), cy: round(y), r: round(radius), fill }),
  text: ({ x, y, text, size, weight, fill, anchor }) =>
    el(
      "svg:text",
      {
        x: round(x),
        y: round(y),
        "font-size": size,
        "font-weight": weight ?? null,
        fill,
        "text-anchor": anchor ?? null,
      },
      text,
    ),
  // One text element in several styles: each run begins where the one before it ends, in any font.
  runs: ({ x, y, runs, space }) =>
    el(
      "svg:text",
      { x: round(x), y: round(y) },
      ...runs.map(({ text, size, weight, fill }, i) =>
        el(
          "svg:tspan",
          { "font-size": size, "font-weight": weight, fill, dx: i ? space : null },
          text,
        ),
      ),
    ),
  gradient: (item) => pictureOf(gradientImage(item.colors), box(item)),
  // The frame is stored once, one unit by one large, and scaled to each place.
  picture: ({ x, y, width, height, gray }) =>
    el("svg:use", {
      href: gray ? "#gray" : "#frame",
      transform: `translate(${round(x)} ${round(y)}) scale(${round(width)} ${round(height)})`,
    }),
  outline(item, id) {
    const { color, weight, dashed } = item;
    const dashes = dashed ? `${3 * weight} ${2 * weight}` : null;
    return clipped(item.clip, id, {}, [
      el("svg:rect", { ...box(item), fill: "none", stroke: "#000000", "stroke-width": weight + 2 }),
      el("svg:rect", {
        ...box(item),
        fill: "none",
        stroke: color,
        "stroke-width": weight,
        "stroke-dasharray": dashes,
      }),
    ]);
  },
  border({ clip, lines }, id) {
    const d = lines.map((ends) => {
      const [x1, y1, x2, y2] = ends.map(round);
      return `M${x1} ${y1}L${x2} ${y2}`;
    });
    const { weight, dashes, color } = BORDER;
    const line = { d: d.join(""), fill: "none" };
    return clipped(clip, id, { class: "border" }, [
      el("svg:path", {
        ...line,
        stroke: "#000000",
        "stroke-width": weight + 1.5,
        "stroke-linecap": "square",
      }),
      el("svg:path", {
        ...line,
        stroke: color,
        "stroke-width": weight,
        "stroke-dasharray": dashes.join(" "),
      }),
    ]);
  },
  map(item, id) {
    const content = item.smooth ? [pictureOf(mapImage(item), box(item))] : cells(item);
    return clipped(
      item.clip,
      id,
      { class: "map", opacity: round(item.opacity), "shape-rendering": "crispEdges" },
      content,
    );
  },
};

/**
 * Write a figure as an SVG file.
 *
 * @param {Figure} figure
 * @param {ImageBitmap} image the frame
 */
export function svgOf(figure, image) {
  const { width, height } = figure;
  const unit = { x: 0, y: 0, width: 1, height: 1 };
  const frames = [
    pictureOf(frameCanvas(image), { id: "frame", ...unit }),
    pictureOf(grayFrame(image), { id: "gray", ...unit }),
  ];
  const root = el(
    "svg:svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": figure.font, role: "img" },
    el("svg:title", {}, figure.title),
    el("svg:desc", {}, figure.caption),
    el("svg:defs", {}, ...frames),
    el("svg:rect", { x: 0, y: 0, width, height, fill: figure.background }),
    ...figure.items.map((item, i) => NODES[item.kind](item, `clip-${i}`)),
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
  return new Blob([text], { type: "image/svg+xml" });
}
