/* What was measured of softmax and linear attention on many clips: how far they look, and how often they are right. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { barPlot } from "../parts/plot.js";

const MODELS = ["softmax", "linear"];
const share = (value) => `${(100 * value).toFixed(1)}\u00a0%`;

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function measuredPrice({ numbers, label, number, colors }) {
  const patches = numbers["world.price.patches"];
  let revealed = false;
  const support = barPlot({
    label: label("looks_at"),
    max: patches,
    show: (value) => number(value),
  });
  const right = barPlot({ label: label("right"), max: 1, show: share });
  const hard = barPlot({ label: label("hard"), max: 1, show: share });
  const block = (name, plot) =>
    el("div", { class: "block" }, el("h3", {}, label(name)), plot.element);
  const answers = [block("right", right), block("hard", hard)];
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el("div", { class: "figure-body" }, block("looks_at", support), ...answers, said);

  const bars = (name) =>
    MODELS.map((model) => ({
      name: label(model),
      value: numbers[`world.${name}.${model}`],
      low: numbers[`world.${name}.${model}.low`],
      high: numbers[`world.${name}.${model}.high`],
      color: colors.models[model],
    }));
  const inWords = (name, show) =>
    `${label(name)}: ${bars({ looks_at: "looks_at", right: "right", hard: "hard.right" }[name])
      .map((bar) => `${bar.name} ${show(bar.value)}`)
      .join(", ")}.`;

  function draw() {
    support.draw(bars("looks_at"));
    support.label = inWords("looks_at", number);
    for (const one of answers) one.hidden = !revealed;
    if (!revealed) return;
    right.draw(bars("right"));
    hard.draw(bars("hard.right"));
    right.label = inWords("right", share);
    hard.label = inWords("hard", share);
    setText(said, label("intervals"));
  }

  const api = {
    element,
    text: () =>
      [
        inWords("looks_at", number),
        ...(revealed ? [inWords("right", share), inWords("hard", share)] : []),
      ].join(" "),
    reveal() {
      revealed = true;
      draw();
    },
  };
  draw();
  return api;
}
