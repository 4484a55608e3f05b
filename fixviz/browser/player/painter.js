/* Paints frames, maps and outlines on a canvas, for the screen and for exported pictures. */

import { COLOR_MAPS, colorize } from "./colormaps.js";
import { upsample } from "./geometry.js";

const SMOOTH_FACTOR = 9;
const grays = new WeakMap();

export function newCanvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** The frame in gray, so that only the map has colors; made once for all panels of a size. */
export function grayFrame(image, width = image.width, height = image.height) {
  const known = grays.get(image);
  if (known?.width === width && known.height === height) return known;
  const canvas = newCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "#808080";
  context.fillRect(0, 0, width, height);
  grays.set(image, canvas);
  return canvas;
}

/** Paint a map in colors on `canvas`, with one pixel for each patch, or finer and interpolated. */
export function mapImage(
  { values, rows, columns, range, colors, smooth },
  canvas = newCanvas(1, 1),
) {
  const factor = smooth ? SMOOTH_FACTOR : 1;
  const fine = smooth ? upsample(values, rows, columns, factor) : values;
  const [width, height] = [columns * factor, rows * factor];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pixels = colorize(fine, range.low, range.high, COLOR_MAPS[colors]);
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

/** Draw a map at its place; `map` as for `mapImage`, with x, y, width, height. */
export function drawMap(context, map, canvas) {
  context.imageSmoothingEnabled = map.smooth;
  context.drawImage(mapImage(map, canvas), map.x, map.y, map.width, map.height);
  context.imageSmoothingEnabled = true;
}

/** White dashes on black, so that they show on any map and are no query's outline. */
export const BORDER = { weight: 1.5, dashes: [5, 4], color: "#ffffff" };

/**
 * Draw the border of the target.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./types.d.ts").Line[]} lines
 * @param {number} scale pixels of the canvas per unit of a line's weight
 */
export function drawBorder(context, lines, scale = 1) {
  const { weight, dashes, color } = BORDER;
  const stroke = (width, style, pattern) => {
    context.lineWidth = width * scale;
    context.strokeStyle = style;
    context.setLineDash(pattern.map((length) => length * scale));
    context.beginPath();
    for (const [x1, y1, x2, y2] of lines) {
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.stroke();
  };
  context.lineCap = "square";
  stroke(weight + 1.5, "#000000", []);
  context.lineCap = "butt";
  stroke(weight, color, dashes);
  context.setLineDash([]);
}

/** Draw an outline of `weight` pixels in `color` on a wider black one, so that it shows on any map. */
export function drawOutline(context, { x, y, width, height, color, weight, dashed = false }) {
  context.lineWidth = weight + 2;
  context.strokeStyle = "#000000";
  context.strokeRect(x, y, width, height);
  context.lineWidth = weight;
  context.strokeStyle = color;
  if (dashed) context.setLineDash([3 * weight, 2 * weight]);
  context.strokeRect(x, y, width, height);
  context.setLineDash([]);
}
