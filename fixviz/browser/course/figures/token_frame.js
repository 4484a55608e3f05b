/* A frame of the clip with a margin around it, in pixels of the model's frame, so that also those parts of the
   tokens' squares show that lie beyond the frame; and one square of it, enlarged to the pixels that the model
   reads. */

/** @import { Cut, Place } from "./tokens_math.js" */

import { el } from "../../player/dom.js";
import { drawOutline, newCanvas } from "../../player/painter.js";
import { beforeFrame } from "../parts/animate.js";
import { gaps, gridOf, windowOf } from "./tokens_math.js";

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** Pixels of the model's frame beyond the largest square. */
const MARGIN = 2;

/** Colors of outlined squares: they show on any frame, and color-blind people tell them apart. */
export const SQUARES = ["#ffc43d", "#4cc9f0", "#ff8fd0", "#b8f26b"];

/** The zeros that the model reads beyond the frame are mid-gray; stripes tell them from a gray picture. */
/** @type {[string, string]} */
const ZERO = ["#8a8a8a", "#6f6f6f"];
/** @type {[string, string]} */
const UNSEEN = ["#d1495b", "#3d1218"];

/**
 * Diagonal stripes as a pattern.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {[string, string]} colors
 * @param {number} ratio
 */
function stripes(context, [ground, line], ratio) {
  const size = Math.round(8 * ratio);
  const tile = newCanvas(size, size);
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = line;
  pen.lineWidth = size / 4;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

/**
 * How a run's frames are cut for its models.
 *
 * @param {import("../types.d.ts").Source} source
 * @returns {Cut}
 */
export function cutOf(source) {
  const { grid } = source.model(source.models[0]);
  const { model_width: width, model_height: height, patch, stride } = grid;
  return { width, height, patch, stride };
}

/**
 * Write white on black, which shows on any frame.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} ratio pixels of the canvas per pixel of the page
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
export function write(context, ratio, text, x, y) {
  context.lineJoin = "round";
  context.lineWidth = 3.5 * ratio;
  context.strokeStyle = "#000000";
  context.strokeText(text, x, y);
  context.fillStyle = "#ffffff";
  context.fillText(text, x, y);
}

/** The frame in the pixels that the model reads. */
export function modelFrame(image, { width, height }) {
  const canvas = newCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

export class TokenFrame {
  /**
   * @param {object} options
   * @param {CanvasImageSource} options.image
   * @param {Cut} options.cut
   * @param {string} options.label text alternative, and how to use it
   * @param {number} [options.largest] side of the largest patch that is shown; the model's own by default
   * @param {"cell" | "pixel"} [options.by] what a reader points at
   * @param {(at: { x: number, y: number, row: number, column: number }, how: "point" | "pick") => void} [options.onPoint]
   *   the reader points at a place, or picks it by a press, Space or Enter
   */
  constructor({ image, cut, label, largest = cut.patch, by = "cell", onPoint }) {
    this.image = image;
    this.cut = cut;
    this.by = by;
    this.onPoint = onPoint;
    this.margin = largest / 2 + MARGIN;
    this.shown = {};
    /** Where the reader points, in pixels of the model's frame; null before. */
    this.cursor = null;
    this.canvas = el("canvas", { class: "picture", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    const { width, height } = this.#size();
    this.element = el(
      "div",
      {
        class: onPoint ? "token-frame active" : "token-frame",
        style: `aspect-ratio: ${width} / ${height}`,
        tabindex: onPoint ? "0" : null,
        role: onPoint ? "group" : "img",
        "aria-label": label,
      },
      this.canvas,
    );
    this.redraw = beforeFrame(() => this.#paint());
    this.resizes = new ResizeObserver(() => this.redraw());
    this.resizes.observe(this.element);
    if (onPoint) this.#listen();
  }

  /** The token whose cell holds a point. */
  placeAt({ x, y }) {
    const { rows, columns } = gridOf(this.cut);
    const within = (value, length) => Math.min(length - 1, Math.max(0, Math.round(value)));
    return { row: within(y / this.cut.stride, rows), column: within(x / this.cut.stride, columns) };
  }

  /**
   * Draw from now on; what is not named stays as it is.
   *
   * @param {object} what
   * @param {Cut} [what.cut]
   * @param {number} [what.cells] how many cells have their lines, in reading order
   * @param {{ x: number, y: number, size: number, color?: string, dashed?: boolean }[]} [what.squares]
   * @param {boolean} [what.unseen] hatch the pixels that no token sees
   * @param {((context: CanvasRenderingContext2D, view: { x: (px: number) => number, y: (px: number) => number,
   *   scale: number, ratio: number }) => void) | null} [what.over] draws on top
   */
  draw(what) {
    Object.assign(this.shown, what);
    if (what.cut) this.cut = what.cut;
    this.redraw();
  }

  close() {
    this.resizes.disconnect();
  }

  #size() {
    return {
      width: this.cut.width + 2 * this.margin,
      height: this.cut.height + 2 * this.margin,
    };
  }

  #paint() {
    const { canvas, context, cut, margin } = this;
    const size = this.#size();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.element.clientWidth * ratio);
    const height = Math.round((width * size.height) / size.width);
    if (!(width > 0)) return;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    const scale = width / size.width;
    const view = {
      x: (px) => (px + margin) * scale,
      y: (px) => (px + margin) * scale,
      scale,
      ratio,
    };
    const { cells = 0, squares = [], unseen = false, over = null } = this.shown;
    context.fillStyle = stripes(context, ZERO, ratio);
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, view.x(0), view.y(0), cut.width * scale, cut.height * scale);
    if (unseen) this.#unseen(view);
    if (cells) this.#cells(cells, view);
    for (const { x, y, size: side, color = SQUARES[0], dashed = false } of squares)
      drawOutline(context, {
        x: view.x(x),
        y: view.y(y),
        width: side * scale,
        height: side * scale,
        color,
        weight: 2 * ratio,
        dashed,
      });
    over?.(context, view);
  }

  #unseen({ x, y, scale, ratio }) {
    const { context, cut } = this;
    context.fillStyle = stripes(context, UNSEEN, ratio);
    for (const [from, to] of gaps(cut, cut.width))
      context.fillRect(x(from), y(0), (to - from) * scale, cut.height * scale);
    for (const [from, to] of gaps(cut, cut.height))
      context.fillRect(x(0), y(from), cut.width * scale, (to - from) * scale);
  }

  #cells(count, { x, y, scale, ratio }) {
    const { context, cut } = this;
    const { rows, columns } = gridOf(cut);
    const side = cut.stride * scale;
    context.beginPath();
    for (let i = 0; i < Math.min(count, rows * columns); i++) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      context.rect(x((column - 0.5) * cut.stride), y((row - 0.5) * cut.stride), side, side);
    }
    context.lineWidth = ratio;
    context.strokeStyle = "rgb(0 0 0 / 60%)";
    context.stroke();
    context.setLineDash([2 * ratio, 2 * ratio]);
    context.strokeStyle = "rgb(255 255 255 / 75%)";
    context.stroke();
    context.setLineDash([]);
  }

  #listen() {
    const { element } = this;
    const pixelOf = (event) => {
      const box = element.getBoundingClientRect();
      const scale = this.#size().width / box.width;
      return {
        x: (event.clientX - box.left) * scale - this.margin,
        y: (event.clientY - box.top) * scale - this.margin,
      };
    };
    const tell = (pixel, how) => {
      const within = (value, length) => Math.min(length, Math.max(0, Math.round(value)));
      const at = { x: within(pixel.x, this.cut.width), y: within(pixel.y, this.cut.height) };
      const place = this.placeAt(pixel);
      this.cursor =
        this.by === "cell"
          ? { x: place.column * this.cut.stride, y: place.row * this.cut.stride }
          : at;
      this.onPoint({ ...at, ...place }, how);
    };
    element.onpointerdown = (event) => tell(pixelOf(event), "pick");
    element.onpointermove = (event) => {
      if (event.pointerType === "mouse") tell(pixelOf(event), event.buttons ? "pick" : "point");
    };
    element.onkeydown = (event) => {
      const arrow = ARROWS[event.key];
      const pick = event.key === " " || event.key === "Enter";
      if (!arrow && !pick) return;
      event.preventDefault();
      const { width, height, stride } = this.cut;
      const from = this.cursor ?? { x: Math.round(width / 2), y: Math.round(height / 2) };
      const step = this.by === "cell" || event.shiftKey ? stride : 1;
      const [right, down] = arrow ?? [0, 0];
      tell({ x: from.x + step * right, y: from.y + step * down }, pick ? "pick" : "point");
    };
  }
}

/**
 * A square of the frame, enlarged, in the pixels that the model reads.
 *
 * @param {HTMLCanvasElement} frame of `modelFrame`
 * @param {string} label
 */
export function enlarged(frame, label) {
  const canvas = newCanvas(1, 1);
  canvas.className = "enlarged";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const caption = el("figcaption", {}, label);
  return {
    element: el("figure", { class: "token-crop" }, canvas, caption),
    /** @param {{ x: number, y: number, size: number }} square */
    draw({ x, y, size }, color = SQUARES[0]) {
      const side = 16 * size;
      Object.assign(canvas, { width: side, height: side });
      const context = canvas.getContext("2d");
      context.fillStyle = stripes(context, ZERO, 2);
      context.fillRect(0, 0, side, side);
      context.imageSmoothingEnabled = false;
      context.setTransform(side / size, 0, 0, side / size, 0, 0);
      context.drawImage(frame, -x, -y);
      canvas.style.borderColor = color;
    },
  };
}

/**
 * The square of a token with its color, as `TokenFrame.draw` takes it.
 *
 * @param {Cut} cut
 * @param {Place} place
 */
export function squareOf(cut, place, color = SQUARES[0], dashed = false) {
  return { ...windowOf(cut, place), color, dashed };
}
