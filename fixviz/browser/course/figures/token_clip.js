/* The tokens of a window: the grids of its frames side by side, of which a reader lights one frame or one place. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { gridRect, patchRect } from "../../player/geometry.js";
import { drawOutline, newCanvas } from "../../player/painter.js";
import { beforeFrame } from "../parts/animate.js";
import { pointIn } from "../parts/pointer.js";
import { choices } from "../parts/controls.js";
import { SQUARES } from "./token_frame.js";

const GAP = 14;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function tokenClip(context) {
  const { source, label, labels } = context;
  const model = source.model(source.models[0]);
  const { grid } = model;
  const { display } = source.manifest;
  const first = model.windows.start[source.window];
  const count = Math.min(model.windows.frames, source.manifest.frames.index.length - first);
  const images = await Promise.all(
    Array.from({ length: count }, (_, i) => source.image(first + i)),
  );
  const patches = grid.rows * grid.columns;
  let mode = "spatial";
  let known = false;
  let at = {
    frame: Math.min(Math.max(source.frame - first, 0), count - 1),
    row: Math.floor(grid.rows / 2),
    column: Math.floor(grid.columns / 2),
  };

  const canvas = newCanvas(1, 1);
  canvas.className = "picture";
  canvas.setAttribute("aria-hidden", "true");
  const strip = el(
    "div",
    { class: "token-strip", tabindex: "0", role: "group", "aria-label": label("strip", { count }) },
    canvas,
  );
  const modes = choices({
    label: labels.mode,
    options: ["spatial", "temporal"].map((value) => ({ value, text: labels[value] })),
    value: mode,
    onChange(value) {
      mode = value;
      redraw();
    },
  });
  const lit = el("p", { class: "token-note", "aria-live": "polite" });
  const total = el("p", { class: "token-total", "aria-live": "polite" });
  const element = el("div", { class: "figure-token wide" }, strip, modes.element, lit, total);
  const paint = beforeFrame(draw);
  const resizes = new ResizeObserver(paint);
  resizes.observe(strip);

  // Frames stand in two or more lines; a frame takes its grid's cells, which reach half a cell beyond it.
  const across = () => (strip.clientWidth < 460 ? 2 : Math.min(4, count));
  function layout() {
    const columns = Math.min(across(), count);
    const width = (strip.clientWidth - (columns - 1) * GAP) / columns;
    const whole = gridRect(grid, 1);
    const scale = width / whole.width;
    const height = whole.height * scale;
    const lines = Math.ceil(count / columns);
    return { columns, width, height, scale, lines, whole };
  }

  function origin({ columns, width, height, scale, whole }, frame) {
    return {
      left: (frame % columns) * (width + GAP) - whole.x * scale,
      top: Math.floor(frame / columns) * (height + GAP) - whole.y * scale,
    };
  }

  function redraw() {
    const tokens = patches * count;
    setText(lit, label(`shown_${mode}`, { count: mode === "spatial" ? patches : count }));
    setText(
      total,
      known
        ? label("total", { frames: count, patches, tokens })
        : label("hidden", { frames: count }),
    );
    paint();
  }

  function draw() {
    const found = layout();
    if (!(found.width > 0)) return;
    const ratio = window.devicePixelRatio || 1;
    const height = found.lines * found.height + (found.lines - 1) * GAP;
    strip.style.height = `${height}px`;
    Object.assign(canvas, {
      width: Math.round(strip.clientWidth * ratio),
      height: Math.round(height * ratio),
    });
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const { scale } = found;
    images.forEach((image, frame) => {
      const { left, top } = origin(found, frame);
      pen.save();
      pen.translate(left, top);
      pen.drawImage(image, 0, 0, display.width * scale, display.height * scale);
      const chosen = mode === "spatial" && frame === at.frame;
      if (chosen) {
        const whole = gridRect(grid, scale);
        pen.globalAlpha = 0.35;
        pen.fillStyle = SQUARES[0];
        pen.fillRect(whole.x, whole.y, whole.width, whole.height);
        pen.globalAlpha = 1;
      }
      pen.beginPath();
      for (let row = 0; row < grid.rows; row++)
        for (let column = 0; column < grid.columns; column++) {
          const { x, y, width, height: side } = patchRect(grid, row, column, scale);
          pen.rect(x, y, width, side);
        }
      pen.lineWidth = 0.7;
      pen.strokeStyle = chosen ? "#000000" : "rgb(128 128 128 / 90%)";
      pen.stroke();
      const cell = patchRect(grid, at.row, at.column, scale);
      if (mode === "temporal") {
        pen.fillStyle = SQUARES[0];
        pen.globalAlpha = 0.75;
        pen.fillRect(cell.x, cell.y, cell.width, cell.height);
        pen.globalAlpha = 1;
      }
      if (frame === at.frame) drawOutline(pen, { ...cell, color: "#ffffff", weight: 2 });
      pen.restore();
    });
  }

  function pointed(event) {
    const found = layout();
    const { x: px, y: py } = pointIn(strip, event);
    const column = Math.floor(px / (found.width + GAP));
    const frame = Math.floor(py / (found.height + GAP)) * found.columns + column;
    if (column < 0 || column >= found.columns || frame < 0 || frame >= count) return;
    const { left, top } = origin(found, frame);
    const cell = patchRect(grid, 0, 0, found.scale);
    const within = (value, length) => Math.min(length - 1, Math.max(0, Math.floor(value)));
    at = {
      frame,
      row: within((py - top - cell.y) / cell.height, grid.rows),
      column: within((px - left - cell.x) / cell.width, grid.columns),
    };
    redraw();
  }

  strip.onpointerdown = pointed;
  strip.onpointermove = (event) => event.pointerType === "mouse" && pointed(event);
  strip.onkeydown = (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    at = step(at, arrow, { grid, columns: layout().columns, count });
    redraw();
  };
  redraw();

  return {
    element,
    text: () => [lit, total].map((node) => node.textContent).join(" · "),
    reveal() {
      known = true;
      redraw();
    },
    close: () => resizes.disconnect(),
  };
}

/** One cell on; beyond the edge of a frame lies the next one in that direction. */
function step(from, [down, right], { grid, columns, count }) {
  let { frame, row, column } = from;
  row += down;
  column += right;
  const over = (index, length) => (index < 0 ? -1 : index >= length ? 1 : 0);
  const jump = columns * over(row, grid.rows) + over(column, grid.columns);
  const next = frame + jump;
  if (jump && (next < 0 || next >= count)) return from;
  frame = next;
  row = (row + grid.rows) % grid.rows;
  column = (column + grid.columns) % grid.columns;
  return { frame, row, column };
}
