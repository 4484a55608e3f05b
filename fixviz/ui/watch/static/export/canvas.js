/* Paints a figure on a canvas. */

import { COLOR_MAPS, colorize } from "../colormaps.js";
import { upsample } from "../geometry.js";

const SMOOTH_FACTOR = 9;

function newCanvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** The frame without its color, as under the maps on the screen. */
export function grayFrame(image) {
  const canvas = newCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "#808080";
  context.fillRect(0, 0, image.width, image.height);
  return canvas;
}

/** The colored map, one pixel per patch, or finer and interpolated. */
export function mapImage({ values, rows, columns, range, colors, smooth }) {
  const factor = smooth ? SMOOTH_FACTOR : 1;
  const fine = smooth ? upsample(values, rows, columns, factor) : values;
  const canvas = newCanvas(columns * factor, rows * factor);
  const pixels = colorize(fine, range.low, range.high, COLOR_MAPS[colors]);
  canvas.getContext("2d").putImageData(new ImageData(pixels, canvas.width, canvas.height), 0, 0);
  return canvas;
}

/** A color map from left to right, 256 pixels by one. */
export function gradientImage(colors) {
  const values = Float32Array.from({ length: 256 }, (_, i) => i);
  return mapImage({ values, rows: 1, columns: 256, range: { low: 0, high: 255 }, colors, smooth: false });
}

function clipTo(context, { x, y, width, height }) {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

const PAINTERS = {
  rect(context, { x, y, width, height, fill }) {
    context.fillStyle = fill;
    context.fillRect(x, y, width, height);
  },
  circle(context, { x, y, radius, fill }) {
    context.fillStyle = fill;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  },
  text(context, { x, y, text, size, weight = 400, fill, anchor = "start" }, { font }) {
    context.font = `${weight} ${size}px ${font}`;
    context.fillStyle = fill;
    context.textAlign = anchor === "middle" ? "center" : anchor;
    context.fillText(text, x, y);
  },
  gradient(context, { x, y, width, height, colors }) {
    context.drawImage(gradientImage(colors), x, y, width, height);
  },
  picture(context, { x, y, width, height, gray }, { image, grayImage }) {
    context.imageSmoothingQuality = "high";
    context.drawImage(gray ? grayImage : image, x, y, width, height);
  },
  outline(context, { clip, x, y, width, height, color, weight, dashed }) {
    clipTo(context, clip);
    context.lineWidth = weight + 2;
    context.strokeStyle = "#000000";
    context.strokeRect(x, y, width, height);
    context.lineWidth = weight;
    context.strokeStyle = color;
    if (dashed) context.setLineDash([3 * weight, 2 * weight]);
    context.strokeRect(x, y, width, height);
  },
  map(context, item) {
    clipTo(context, item.clip);
    context.imageSmoothingEnabled = item.smooth;
    context.drawImage(mapImage(item), item.x, item.y, item.width, item.height);
  },
};

/** Paints a figure with the frame's `image` on a canvas, `scale` canvas pixels per CSS pixel. */
export function paint(canvas, figure, image, scale) {
  const [width, height] = [figure.width * scale, figure.height * scale];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const sources = { image, grayImage: grayFrame(image), font: figure.font };
  context.setTransform(scale, 0, 0, scale, 0, 0);
  PAINTERS.rect(context, { x: 0, y: 0, width: figure.width, height: figure.height, fill: figure.background });
  for (const item of figure.items) {
    context.save();
    context.globalAlpha = item.opacity ?? 1;
    PAINTERS[item.kind](context, item, sources);
    context.restore();
  }
}

/** PNG file of a figure. */
export async function pngOf(figure, image, scale) {
  const canvas = newCanvas(1, 1);
  paint(canvas, figure, image, scale);
  const blob = await new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (!blob) throw new Error("The browser could not make a picture of this size.");
  return blob;
}
