/* A frame of the clip under a grid of patches, on which a reader points, picks and paints, by mouse, touch
   and keyboard. */

/** @import { Grid, Range } from "../../player/types.d.ts" */

import { el } from "../../player/dom.js";
import { gridRect, patchAt, patchRect } from "../../player/geometry.js";
import { drawMap, drawOutline, grayFrame, newCanvas } from "../../player/painter.js";
import { beforeFrame } from "./animate.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class PatchPicture {
  /**
   * @param {object} options
   * @param {Grid} options.grid
   * @param {{ width: number, height: number }} options.display size of the frame images
   * @param {string} options.label text alternative, and how to use it
   * @param {(patch: { row: number, column: number } | null) => void} [options.onHover] the pointer or the
   *   keyboard's cursor is on another patch
   * @param {(patch: { row: number, column: number }, how: { paint: "start" | "move" | "end" | "key" }) => void}
   *   [options.onPick] a patch was chosen: a press, a drag over further patches (only with `paint`), or a key
   * @param {boolean} [options.paint] a drag goes on over the patches
   */
  constructor({ grid, display, label, onHover, onPick, paint = false }) {
    this.grid = grid;
    this.display = display;
    this.onHover = onHover;
    this.onPick = onPick;
    this.paint = paint;
    this.shown = {};
    /** The patch under the keyboard's cursor, or null. */
    this.cursor = null;
    this.hover = null;
    this.mapCanvas = newCanvas(1, 1);
    this.canvas = el("canvas", { class: "picture", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    const active = Boolean(onPick || onHover);
    const kind = active ? (paint ? "patch-picture active paint" : "patch-picture active") : null;
    this.element = el(
      "div",
      {
        class: kind ?? "patch-picture",
        style: `aspect-ratio: ${display.width} / ${display.height}`,
        tabindex: active ? "0" : null,
        role: active ? "group" : "img",
        "aria-label": label,
      },
      this.canvas,
    );
    this.redraw = beforeFrame(() => this.#paint());
    this.resizes = new ResizeObserver(() => this.redraw());
    this.resizes.observe(this.element);
    if (active) this.#listen();
  }

  /** Change the text alternative. */
  set label(text) {
    this.element.setAttribute("aria-label", text);
  }

  /** Use another grid, such as one of another stride. */
  useGrid(grid) {
    this.grid = grid;
    this.cursor = null;
    this.hover = null;
    this.redraw();
  }

  /**
   * Draw from now on; what is not named stays as it is.
   *
   * @param {object} what
   * @param {CanvasImageSource & { width: number, height: number } | null} [what.image]
   * @param {boolean} [what.gray] the frame in gray, so that only the map has colors
   * @param {ArrayLike<number> | null} [what.map] [rows * columns]
   * @param {Range | null} [what.range]
   * @param {string} [what.colors] name of a color map
   * @param {number} [what.overlay] opacity of the map, 0 to 1
   * @param {boolean} [what.lines] lines of the grid
   * @param {{ row: number, column: number, color?: string, weight?: number, dashed?: boolean }[]} [what.marks]
   * @param {Set<number> | null} [what.painted] numbers of painted patches (row * columns + column)
   * @param {boolean} [what.smooth]
   * @param {((context: CanvasRenderingContext2D, scale: number) => void) | null} [what.over] draws on top
   */
  draw(what) {
    Object.assign(this.shown, what);
    this.redraw();
  }

  close() {
    this.resizes.disconnect();
  }

  #paint() {
    const { canvas, context, display, grid } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.element.clientWidth * ratio);
    const height = Math.round((width * display.height) / display.width);
    if (!(width > 0)) return;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    const scale = width / display.width;
    const {
      image = null,
      gray = true,
      map = null,
      range = null,
      colors = "viridis",
      overlay = 0.65,
      lines = false,
      marks = [],
      painted = null,
      smooth = false,
      over = null,
    } = this.shown;
    context.clearRect(0, 0, width, height);
    if (image) {
      context.imageSmoothingQuality = "high";
      context.drawImage(gray ? grayFrame(image, width, height) : image, 0, 0, width, height);
    }
    if (map && range) {
      const cells = { rows: grid.rows, columns: grid.columns, values: map, range, colors, smooth };
      context.globalAlpha = overlay;
      drawMap(context, { ...gridRect(grid, scale), ...cells }, this.mapCanvas);
      context.globalAlpha = 1;
    }
    if (lines) this.#lines(scale);
    for (const index of painted ?? []) this.#fill(index, scale, ratio);
    for (const mark of marks) this.#mark(mark, scale, ratio);
    over?.(context, scale);
    const at = this.cursor ?? this.hover;
    if (at) this.#mark({ ...at, color: "#ffffff", weight: 2 }, scale, ratio);
  }

  #lines(scale) {
    const { context, grid } = this;
    const { x, y, width, height } = gridRect(grid, scale);
    context.beginPath();
    for (let i = 0; i <= grid.columns; i++) {
      const at = Math.round(x + (i * width) / grid.columns) + 0.5;
      context.moveTo(at, y);
      context.lineTo(at, y + height);
    }
    for (let i = 0; i <= grid.rows; i++) {
      const at = Math.round(y + (i * height) / grid.rows) + 0.5;
      context.moveTo(x, at);
      context.lineTo(x + width, at);
    }
    context.lineWidth = 1;
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.stroke();
    context.strokeStyle = "rgb(255 255 255 / 55%)";
    context.setLineDash([2, 2]);
    context.stroke();
    context.setLineDash([]);
  }

  #fill(index, scale, ratio) {
    const { columns } = this.grid;
    const rect = patchRect(this.grid, Math.floor(index / columns), index % columns, scale);
    this.context.fillStyle = "rgb(255 196 61 / 45%)";
    this.context.fillRect(rect.x, rect.y, rect.width, rect.height);
    this.context.strokeStyle = "rgb(255 214 120)";
    this.context.lineWidth = ratio;
    this.context.strokeRect(rect.x, rect.y, rect.width, rect.height);
  }

  #mark({ row, column, color = "#ffffff", weight = 2, dashed = false }, scale, ratio) {
    const rect = patchRect(this.grid, row, column, scale);
    drawOutline(this.context, { ...rect, color, weight: weight * ratio, dashed });
  }

  #listen() {
    const { element } = this;
    const patchOf = (event) => {
      const box = element.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * this.display.width;
      const y = ((event.clientY - box.top) / box.height) * this.display.height;
      return patchAt(this.grid, x, y, 1);
    };
    const point = (patch) => {
      if (patch?.row === this.hover?.row && patch?.column === this.hover?.column) return false;
      this.hover = patch;
      this.onHover?.(patch);
      this.redraw();
      return true;
    };
    element.onpointerdown = (event) => {
      const patch = patchOf(event);
      this.cursor = null;
      if (!patch || !this.onPick || !this.paint) return;
      element.setPointerCapture(event.pointerId);
      this.painting = true;
      point(patch);
      this.onPick(patch, { paint: "start" });
      this.redraw();
    };
    // Where nothing is painted, a finger that moves over the picture scrolls the page.
    element.onclick = (event) => {
      const patch = patchOf(event);
      if (!patch || !this.onPick || this.paint) return;
      point(patch);
      this.onPick(patch, { paint: "start" });
      this.redraw();
    };
    element.onpointermove = (event) => {
      const patch = patchOf(event);
      if (point(patch) && patch && this.painting) this.onPick?.(patch, { paint: "move" });
    };
    element.onpointerup = element.onpointercancel = () => {
      if (this.painting && this.hover) this.onPick?.(this.hover, { paint: "end" });
      this.painting = false;
    };
    element.onpointerleave = () => this.painting || point(null);
    element.onblur = () => {
      this.cursor = null;
      point(null);
      this.redraw();
    };
    element.onkeydown = (event) => {
      const { rows, columns } = this.grid;
      const arrow = ARROWS[event.key];
      const pick = event.key === " " || event.key === "Enter";
      if (!arrow && !pick) return;
      event.preventDefault();
      this.cursor ??= this.hover ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
      if (arrow) {
        const within = (value, length) => Math.min(length - 1, Math.max(0, value));
        this.cursor = {
          row: within(this.cursor.row + arrow[0], rows),
          column: within(this.cursor.column + arrow[1], columns),
        };
      }
      point(this.cursor);
      if (pick) this.onPick?.(this.cursor, { paint: "key" });
      this.redraw();
    };
  }

  /** Put the keyboard's cursor on a patch, where the arrow keys then start. */
  startAt(patch) {
    this.cursor = patch;
    this.redraw();
  }
}
