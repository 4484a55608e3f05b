/* One channel of the keys before and after the shift: the reader picks the patch from which a value comes, or tries
   directions. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { patchRect } from "../../player/geometry.js";
import { el } from "../../player/dom.js";
import { largest } from "./fixation_math.js";
import { attentionMap } from "./attention_map.js";
import { comesFrom, shifted, sourceOutcome } from "./neighbors_math.js";
import { choices } from "../parts/controls.js";

/** The directions in the order of the buttons. */
const ORDER = [
  "above",
  "below",
  "left",
  "right",
  "above left",
  "above right",
  "below left",
  "below right",
];

/**
 * @param {FigureContext} context options: `direction`, the label of the first direction; `predict`, to pick its
 *   source; `explore`, to choose directions
 * @returns {Promise<CourseFigure>}
 */
export async function shiftGrid(context) {
  const { source, label, number, options } = context;
  const { layers } = source.model("fixation");
  const [layer, image] = await Promise.all([
    source.layer("fixation", "temporal", layers - 1),
    source.image(source.frame),
  ]);
  const folds = layer.folds.flat();
  let fold = folds.find((one) => one.label === options.direction);
  let channel = channelOf(layer, source, fold);
  const before = attentionMap({
    context,
    title: label("before"),
    note: label("scale"),
    colors: "difference",
    picture: options.predict ? { onPick: pick } : {},
  });
  const after = attentionMap({
    context,
    title: label("after"),
    note: label("scale"),
    colors: "difference",
  });
  const token = tokenFor(channel, fold, layer);
  let picked = null;
  let told = Boolean(options.explore);
  const control = options.explore
    ? choices({
        label: label("direction"),
        options: ORDER.filter((name) => folds.some((one) => one.label === name)).map((name) => ({
          value: name,
          text: label(name),
        })),
        value: fold.label,
        onChange(name) {
          fold = folds.find((one) => one.label === name);
          channel = channelOf(layer, source, fold);
          draw();
          context.changed();
        },
      })
    : null;
  draw();

  function pick(patch) {
    picked = patch;
    draw();
    context.changed();
  }

  function draw() {
    const most = Math.max(...Array.from(channel, Math.abs));
    const range = { low: -most, high: most, max: most, symmetric: true };
    const own = { ...token, color: "#ffffff", weight: 3 };
    before.draw(image, channel, range, {
      overlay: 0.8,
      lines: true,
      marks: options.explore
        ? []
        : [own, ...(picked ? [{ ...picked, color: "#ffc43d", weight: 3 }] : [])],
      over: told ? (canvas, scale) => drawArrows(canvas, scale) : null,
    });
    if (told)
      after.draw(image, shifted(channel, fold, layer), range, {
        overlay: 0.8,
        lines: true,
        marks: options.explore ? [] : [own],
        over: options.explore ? drawBorder : null,
      });
    else after.wait(image, label("waiting"));
  }

  /** What the patches without a neighbor hold: 0, or a ring for their own value. */
  function drawBorder(canvas, scale) {
    for (let i = 0; i < layer.places; i++) {
      const patch = at(i);
      const from = comesFrom(fold, layer, patch);
      if (typeof from !== "string") continue;
      const rect = patchRect(after.picture.grid, patch.row, patch.column, scale);
      // The cells of the border lie half outside the frame.
      const x = Math.min(
        Math.max(rect.x + rect.width / 2, rect.width / 4),
        canvas.canvas.width - rect.width / 4,
      );
      const y = Math.min(
        Math.max(rect.y + rect.height / 2, rect.height / 4),
        canvas.canvas.height - rect.height / 4,
      );
      mark(canvas, from, x, y, rect.width * 0.5);
    }
  }

  /** Arrows from where a value comes to the patch that takes it: one, or all. */
  function drawArrows(canvas, scale) {
    const { grid } = before.picture;
    /** @returns {[number, number, number]} */
    const center = (patch) => {
      const rect = patchRect(grid, patch.row, patch.column, scale);
      return [rect.x + rect.width / 2, rect.y + rect.height / 2, rect.width];
    };
    const targets = options.explore
      ? Array.from({ length: layer.places }, (_, i) => at(i))
      : [token];
    for (const patch of targets) {
      const from = comesFrom(fold, layer, patch);
      if (typeof from !== "string") arrow(canvas, center(from), center(patch));
    }
  }

  const value = (map, { row, column }) =>
    number(map[row * layer.columns + column]).replace("-", "−");
  return {
    element: el(
      "div",
      { class: "shift-grid" },
      control?.element ?? null,
      el("div", { class: "two-maps" }, before.element, after.element),
      control ? el("p", { class: "map-note" }, `0: ${label("zero")} · ○: ${label("own")}`) : null,
    ),
    text() {
      if (options.explore) return exploredText();
      const parts = [label("text", { ...token, before: value(channel, token) })];
      if (picked) parts.push(label("text-picked", picked));
      if (told)
        parts.push(label("text-truth", { after: value(shifted(channel, fold, layer), token) }));
      return parts.join(" ");
    },
    answer: () => picked,
    show(answer) {
      picked = answer;
      draw();
    },
    check: (answer) => sourceOutcome(answer, token, fold),
    reveal() {
      told = true;
      draw();
    },
    close() {
      before.close();
      after.close();
    },
  };

  function exploredText() {
    const border = Array.from({ length: layer.places }, (_, i) => comesFrom(fold, layer, at(i)));
    const count = (what) => border.filter((from) => from === what).length;
    return label("text", { direction: label(fold.label), zero: count("zero"), own: count("own") });
  }

  function at(i) {
    return { row: Math.floor(i / layer.columns), column: i % layer.columns };
  }
}

/** The values [rows * columns] of the channel of a fold that differs most between the patches of the frame. */
function channelOf(layer, source, { head, start, stop }) {
  const { key } = layer.inputs.get(source.window);
  const position = source.frame - layer.starts[source.window];
  const { places, heads, width } = layer;
  const channels = Array.from({ length: stop - start }, (_, c) =>
    Float32Array.from(
      { length: places },
      (__, i) => key[((position * places + i) * heads + head) * width + start + c],
    ),
  );
  const spread = channels.map((one) => Math.max(...one) - Math.min(...one));
  return channels[largest(spread)];
}

/** The inner patch whose value the shift changes most. */
function tokenFor(channel, fold, layer) {
  const moved = shifted(channel, fold, layer);
  const change = moved.map((value, i) => {
    const [row, column] = [Math.floor(i / layer.columns), i % layer.columns];
    const inside = row > 1 && column > 1 && row < layer.rows - 2 && column < layer.columns - 2;
    return inside ? Math.abs(value - channel[i]) : -1;
  });
  const best = largest(change);
  return { row: Math.floor(best / layer.columns), column: best % layer.columns };
}

/** A 0, or a ring, that shows on any color. */
function mark(canvas, from, x, y, size) {
  canvas.lineJoin = "round";
  canvas.strokeStyle = "#ffffff";
  canvas.fillStyle = "#000000";
  if (from === "zero") {
    canvas.font = `600 ${size}px sans-serif`;
    canvas.textAlign = "center";
    canvas.textBaseline = "middle";
    canvas.lineWidth = size * 0.2;
    canvas.strokeText("0", x, y);
    canvas.fillText("0", x, y);
    return;
  }
  const ring = new Path2D();
  ring.arc(x, y, size * 0.3, 0, 2 * Math.PI);
  canvas.lineWidth = size * 0.3;
  canvas.stroke(ring);
  canvas.lineWidth = size * 0.13;
  canvas.strokeStyle = "#000000";
  canvas.stroke(ring);
}

/** An arrow between two places, each with the size of a patch. */
function arrow(canvas, [x1, y1, size], target) {
  const [x2, y2] = target;
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [fromX, fromY] = [x1 + ux * size * 0.12, y1 + uy * size * 0.12];
  const [toX, toY] = [x2 - ux * size * 0.22, y2 - uy * size * 0.22];
  const head = size * 0.18;
  const path = new Path2D();
  path.moveTo(fromX, fromY);
  path.lineTo(toX, toY);
  path.moveTo(toX - head * (ux + 0.7 * -uy), toY - head * (uy + 0.7 * ux));
  path.lineTo(toX, toY);
  path.lineTo(toX - head * (ux - 0.7 * -uy), toY - head * (uy - 0.7 * ux));
  canvas.lineCap = "round";
  canvas.lineWidth = size * 0.14;
  canvas.strokeStyle = "#ffffff";
  canvas.stroke(path);
  canvas.lineWidth = size * 0.07;
  canvas.strokeStyle = "#000000";
  canvas.stroke(path);
}
