/* One picture of the stage: the clip, or the clip under the map of one model. */

import { COLOR_MAPS, colorize } from "./colormaps.js";
import { drawColorBar } from "./colorbar.js";
import { el, setText } from "./dom.js";
import { percent } from "./format.js";
import { gridRect, patchRect, upsample } from "./geometry.js";

const SMOOTH_FACTOR = 9;

/** Draws the coloured map into `canvas`, one pixel per patch (or finer for the smooth view). */
function paintMap(canvas, map, grid, range, view) {
  const factor = view.style === "smooth" ? SMOOTH_FACTOR : 1;
  const values = factor > 1 ? upsample(map, grid.rows, grid.columns, factor) : map;
  const [width, height] = [grid.columns * factor, grid.rows * factor];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pixels = colorize(values, range.low, range.high, COLOR_MAPS[view.colors]);
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

const grays = new WeakMap();

/** The frame without its colour, so that only the map is coloured; made once for all panels. */
function gray(image) {
  if (!grays.has(image)) {
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    context.globalCompositeOperation = "saturation";
    context.fillStyle = "#808080";
    context.fillRect(0, 0, image.width, image.height);
    grays.set(image, canvas);
  }
  return grays.get(image);
}

export class Panel {
  /** `model` is null for the clip itself. `slot` chooses the model's line colour. */
  constructor({ title, subtitle, model, slot, display, onPoint, onRetry }) {
    this.model = model;
    this.display = display;
    this.canvas = el("canvas", { role: "img", class: "picture" });
    this.context = this.canvas.getContext("2d");
    this.mapCanvas = el("canvas");
    this.noticeTitle = el("strong");
    this.noticeText = el("span");
    this.notice = el("div", { class: "notice", hidden: true }, this.noticeTitle, this.noticeText);
    this.errorText = el("span");
    this.error = el(
      "div",
      { class: "notice failed", role: "alert", hidden: true },
      el("strong", {}, "This part is missing"),
      this.errorText,
      el("button", { type: "button", class: "plain", onclick: onRetry }, "Retry"),
    );
    this.scale = el("div", { class: "panel-scale" });
    this.readout = el("p", { class: "readout" });
    this.details = el("div", { class: "details" });
    this.element = el(
      "figure",
      { class: "panel", style: slot === null ? null : `--line: var(--line-${slot})` },
      el(
        "figcaption",
        { class: "panel-title" },
        slot === null ? null : el("span", { class: "dot", "aria-hidden": "true" }),
        el("span", { class: "name" }, title),
        subtitle ? el("span", { class: "subtitle" }, subtitle) : null,
      ),
      el(
        "div",
        { class: "screen", style: `aspect-ratio: ${display.width} / ${display.height}` },
        this.canvas,
        this.notice,
        this.error,
      ),
      this.scale,
      this.readout,
      this.details,
    );
    this.canvas.onpointermove = (event) => onPoint(this.#displayPoint(event));
    this.canvas.onpointerleave = () => onPoint(null);
  }

  /** Matches the canvas to its size on screen; to be called whenever that may have changed. */
  fit() {
    const width = Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1));
    const height = Math.round((width * this.display.height) / this.display.width);
    if (width > 0 && (this.canvas.width !== width || this.canvas.height !== height)) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
  }

  /**
   * Draws one frame. `map`, `range`: the model's map and its colour range, or null. `absence`: why there is no
   * map. `hover`: the patch to outline. `label`: the text alternative.
   */
  draw({ image, map, range, view, absence, hover, label }) {
    const { canvas, context } = this;
    const scale = canvas.width / this.display.width;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (image) {
      context.imageSmoothingQuality = "high";
      context.drawImage(this.model ? gray(image) : image, 0, 0, canvas.width, canvas.height);
    }
    if (map && range) {
      const { x, y, width, height } = gridRect(this.model.grid, scale);
      context.globalAlpha = view.overlay / 100;
      context.imageSmoothingEnabled = view.style === "smooth";
      paintMap(this.mapCanvas, map, this.model.grid, range, view);
      context.drawImage(this.mapCanvas, x, y, width, height);
      context.globalAlpha = 1;
      context.imageSmoothingEnabled = true;
    }
    if (hover && this.model && map) this.#outline(hover, scale);
    this.notice.hidden = !absence;
    if (absence) {
      setText(this.noticeTitle, absence.title);
      setText(this.noticeText, absence.text);
    }
    canvas.setAttribute("aria-label", label);
  }

  /** The panel's own colour bar, when the scale is not shared. */
  showScale(range, colors, quantity) {
    drawColorBar(this.scale, { range, colors, quantity, compact: true });
  }

  showError(message) {
    this.error.hidden = message === null;
    if (message !== null) setText(this.errorText, message);
  }

  /** Words under the picture of the clip, such as a note that holds for all models. */
  showNote(note) {
    this.details.replaceChildren(note ? el("p", { class: "note" }, note) : "");
  }

  /** The three likeliest classes of a window, with bars, and a note. */
  showClasses(probabilities, note) {
    const order = probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    const signature = JSON.stringify([order, note]);
    if (signature === this.classesShown) return;
    this.classesShown = signature;
    const rows = order.map(([p, i], rank) =>
      el(
        "li",
        { class: rank === 0 ? "class best" : "class" },
        el("span", { class: "class-name", title: this.model.classes[i] }, this.model.classes[i]),
        el("span", { class: "class-bar", "aria-hidden": "true" }, el("span", { style: `width:${(100 * p).toFixed(1)}%` })),
        el("span", { class: "class-share" }, percent(p)),
      ),
    );
    this.details.replaceChildren(
      el("ol", { class: "classes", "aria-label": "Likeliest classes" }, ...rows),
      note ? el("p", { class: "note" }, note) : "",
    );
  }

  #displayPoint(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.display.width,
      y: ((event.clientY - box.top) / box.height) * this.display.height,
    };
  }

  #outline({ row, column }, scale) {
    const { context } = this;
    const { x, y, width, height } = patchRect(this.model.grid, row, column, scale);
    const line = Math.max(1, Math.round(window.devicePixelRatio || 1));
    context.lineWidth = 3 * line;
    context.strokeStyle = "#000";
    context.strokeRect(x, y, width, height);
    context.lineWidth = line;
    context.strokeStyle = "#fff";
    context.strokeRect(x, y, width, height);
  }
}
