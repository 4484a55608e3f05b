/* Paints a figure on a canvas. */

/** @import { Figure } from "../types.d.ts" */

import { drawBorder, drawMap, drawOutline, grayFrame, mapImage, newCanvas } from "../painter.js";

/** Paint a color map from left to right, 256 pixels by one. */
export function gradientImage(colors) {
  const values = Float32Array.from({ length: 256 }, (_, i) => i);
  return mapImage({
    values,
    rows: 1,
    columns: 256,
    range: { low: 0, high: 255 },
    colors,
    smooth: false,
  });
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
  runs(context, { x, y, runs, space }, { font }) {
    let at = x;
    for (const { text, size, weight, fill } of runs) {
      context.font = `${weight} ${size}px ${font}`;
      context.fillStyle = fill;
      context.fillText(text, at, y);
      at += context.measureText(text).width + space;
    }
  },
  gradient(context, { x, y, width, height, colors }) {
    context.drawImage(gradientImage(colors), x, y, width, height);
  },
  picture(context, { x, y, width, height, gray }, { image, grayImage }) {
    context.imageSmoothingQuality = "high";
    context.drawImage(gray ? grayImage : image, x, y, width, height);
  },
  outline(context, item) {
    clipTo(context, item.clip);
    drawOutline(context, item);
  },
  border(context, item) {
    clipTo(context, item.clip);
    drawBorder(context, item.lines);
  },
  map(context, item) {
    clipTo(context, item.clip);
    drawMap(context, item);
  },
};

/**
 * Paint a figure on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Figure} figure
 * @param {ImageBitmap} image the frame
 * @param {number} scale canvas pixels per CSS pixel
 */
export function paint(canvas, figure, image, scale) {
  const [width, height] = [figure.width * scale, figure.height * scale];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const sources = { image, grayImage: grayFrame(image), font: figure.font };
  context.setTransform(scale, 0, 0, scale, 0, 0);
  PAINTERS.rect(context, {
    x: 0,
    y: 0,
    width: figure.width,
    height: figure.height,
    fill: figure.background,
  });
  for (const item of figure.items) {
    context.save();
    context.globalAlpha = item.opacity ?? 1;
    PAINTERS[item.kind](context, item, sources);
    context.restore();
  }
}

/**
 * Make a PNG file of a figure.
 *
 * @param {Figure} figure
 * @param {ImageBitmap} image the frame
 * @param {number} scale pixels per CSS pixel
 */
export async function pngOf(figure, image, scale) {
  const canvas = newCanvas(1, 1);
  paint(canvas, figure, image, scale);
  const blob = await new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (!blob) throw new Error("The browser could not make a picture of this size.");
  return blob;
}
