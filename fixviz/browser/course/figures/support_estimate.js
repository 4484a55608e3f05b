/* At how many patches does a row look? The reader outlines the strongest k, then sees exp(entropy). */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { slider } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { patchRect } from "../../player/geometry.js";
import { judgeSupport, middleHead, rowAt, strongest } from "./price_math.js";
import { queryPlace } from "./query_place.js";

/**
 * Options: `model`, whose row it is.
 *
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function supportEstimate({
  source,
  options,
  label,
  number,
  percent,
  colors,
  changed,
}) {
  const { model = "softmax" } = options;
  const { frame } = source;
  const { grid, layers } = source.model(model);
  const [image, query, layer] = await Promise.all([
    source.image(frame),
    queryPlace(source, model),
    source.layer(model, "spatial", layers - 1),
  ]);
  const head = middleHead(layer, frame);
  const { weights, figures } = rowAt(layer, frame, query.row * layer.columns + query.column, head);
  const patches = weights.length;
  const support = figures.effectiveSupport;
  let guess = null;
  let revealed = false;

  const picture = new PatchPicture({
    grid,
    display: source.manifest.display,
    label: label("picture"),
  });
  const control = slider({
    label: label("guess"),
    min: 0,
    max: patches,
    step: 1,
    value: 0,
    show: (value) => (guess === null ? label("nowhere") : label("patches", { k: value, patches })),
    onInput(value) {
      guess = Math.max(1, value);
      control.set(guess);
      draw();
      changed();
    },
  });
  const measured = el("b");
  const mark = el("span", { class: "truth" }, measured);
  const scale = el(
    "div",
    { class: "support-scale", "aria-hidden": "true", hidden: true },
    el("span", { class: "line" }),
    el("span", { class: "yours" }),
    mark,
  );
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-body" },
    picture.element,
    control.element,
    scale,
    said,
  );

  /** Outline a set of patches: only the sides between a patch inside and one outside. */
  function outline(context, scaling, chosen, color, weight) {
    const { rows, columns } = grid;
    const inside = (row, column) =>
      row >= 0 &&
      column >= 0 &&
      row < rows &&
      column < columns &&
      chosen.has(row * columns + column);
    context.beginPath();
    for (const index of chosen) {
      const [row, column] = [Math.floor(index / columns), index % columns];
      const { x, y, width, height } = patchRect(grid, row, column, scaling);
      const sides = [
        [-1, 0, x, y, x + width, y],
        [1, 0, x, y + height, x + width, y + height],
        [0, -1, x, y, x, y + height],
        [0, 1, x + width, y, x + width, y + height],
      ];
      for (const [dy, dx, fromX, fromY, toX, toY] of sides) {
        if (inside(row + dy, column + dx)) continue;
        context.moveTo(fromX, fromY);
        context.lineTo(toX, toY);
      }
    }
    for (const [style, width] of [
      ["#000000", weight + 2],
      [color, weight],
    ]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    }
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const yours = guess === null ? new Set() : strongest(weights, guess);
    const truth = strongest(weights, Math.round(support));
    picture.draw({
      image,
      map: weights,
      range: { low: 0, high: Math.max(...weights), max: Math.max(...weights) },
      overlay: 0.8,
      marks: [{ ...query, color: "#ffffff", weight: 2 }],
      over(context, scaling) {
        if (revealed) outline(context, scaling, truth, colors.bad, 3 * ratio);
        if (yours.size) outline(context, scaling, yours, "#ffffff", 2 * ratio);
      },
    });
    scale.hidden = !revealed;
    scale.style.setProperty("--truth", String((support - 1) / (patches - 1)));
    scale.style.setProperty("--yours", String(((guess ?? 1) - 1) / (patches - 1)));
    setText(measured, revealed ? number(support) : "");
    setText(said, api.text());
    picture.label = `${label("picture")} ${api.text()}`;
  }

  const held = (count) =>
    percent([...strongest(weights, count)].reduce((sum, j) => sum + weights[j], 0));

  const api = {
    element,
    text() {
      const yours = guess === null ? label("hint") : label("outlined", { k: guess, patches });
      if (!revealed) return yours;
      return `${label("truth", { support: number(support), patches, entropy: number(figures.entropy) })} ${
        guess === null ? "" : label("held", { k: guess, share: held(guess) })
      }`.trim();
    },
    answer: () => guess,
    show(answer) {
      guess = answer;
      control.set(answer);
      draw();
    },
    check: (answer) => judgeSupport(answer, support),
    reveal() {
      revealed = true;
      draw();
    },
    close: () => picture.close(),
  };
  draw();
  return api;
}
