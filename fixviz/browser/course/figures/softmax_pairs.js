/* All pairs of tokens of a window as a square, and which of them joint, spatial and temporal attention compute. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { newCanvas } from "../../player/painter.js";
import { choices } from "../parts/controls.js";

const KINDS = ["joint", "spatial", "temporal"];
/** Names of the numbers of scores. */
const COUNTS = {
  joint: "run.scores.joint",
  spatial: "run.scores.spatial",
  temporal: "run.scores.place",
};

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function softmaxPairs(context) {
  const { label, labels, numbers, colors } = context;
  const frames = numbers["run.window_frames"];
  const patches = numbers["run.patches"];
  let kind = "joint";
  let known = false;

  const canvas = newCanvas(1, 1);
  canvas.setAttribute("aria-hidden", "true");
  const kinds = choices({
    label: labels.show,
    options: KINDS.map((value) => ({ value, text: labels[value] })),
    value: kind,
    onChange(value) {
      kind = value;
      redraw();
    },
  });
  const told = el("p", { class: "row-note", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-row" },
    kinds.element,
    el(
      "div",
      { class: "pairs" },
      el("span", {}, `↓ ${labels.queries}`),
      canvas,
      el("span", { class: "keys" }, `${labels.keys} →`),
    ),
    told,
  );
  const resizes = new ResizeObserver(() => draw());
  resizes.observe(canvas);
  redraw();

  function redraw() {
    draw();
    setText(told, text());
  }

  function text() {
    const count = numbers[COUNTS[kind]].toLocaleString("en");
    return `${labels[`shown_${kind}`]} ${known ? label("counted", { count }) : labels.hidden}`;
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const side = Math.round(canvas.clientWidth * ratio);
    if (!(side > 0)) return;
    Object.assign(canvas, { width: side, height: side });
    const pen = canvas.getContext("2d");
    const block = side / frames;
    pen.fillStyle = colors.models.softmax;
    pen.strokeStyle = colors.models.softmax;
    if (kind === "joint") pen.fillRect(0, 0, side, side);
    for (let query = 0; query < frames; query++) {
      if (kind === "spatial") pen.fillRect(query * block, query * block, block, block);
      if (kind !== "temporal") continue;
      // In each block one pair for each place: a diagonal as wide as a token.
      pen.lineWidth = Math.max(ratio, block / patches);
      for (let key = 0; key < frames; key++) {
        pen.beginPath();
        pen.moveTo(key * block, query * block);
        pen.lineTo((key + 1) * block, (query + 1) * block);
        pen.stroke();
      }
    }
    pen.beginPath();
    for (let i = 1; i < frames; i++) {
      const at = Math.round(i * block) + 0.5;
      pen.moveTo(at, 0);
      pen.lineTo(at, side);
      pen.moveTo(0, at);
      pen.lineTo(side, at);
    }
    pen.lineWidth = 1;
    pen.strokeStyle = colors.muted;
    pen.globalAlpha = 0.6;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  return {
    element,
    text,
    reveal() {
      known = true;
      redraw();
    },
    close: () => resizes.disconnect(),
  };
}
