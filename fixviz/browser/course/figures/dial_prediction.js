/* The reader predicts the concentration at three settings of the fixation dial. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";
import { frameConcentration } from "../../player/attention/index.js";
import { dialOutcome } from "./fixation_math.js";
import { placing } from "./placing.js";

const DIALS = [0, 1, 2];
const NAMES = ["zero", "one", "two"];

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function dialPrediction(context) {
  const { source, label, numbers, colors } = context;
  const { frame } = source;
  const layer = await source.layer("fixation", "spatial", source.model("fixation").layers - 1);
  const at = (alpha) => frameConcentration(layer, { frame, alpha });
  const known = DIALS.map(at);
  const others = ["softmax", "linear"].map((name) => ({
    name,
    value: numbers[`run.concentration.${name}`],
  }));
  const digits = (value) => value.toFixed(2);
  const plot = placing({
    x: {
      title: label("x"),
      min: -0.25,
      max: 2.25,
      ticks: DIALS.map((dial) => ({ at: dial, text: String(dial) })),
    },
    y: label("y"),
    handles: DIALS.map((dial, i) => ({
      name: NAMES[i],
      x: dial,
      label: label("handle", { dial }),
    })),
    show: (value) =>
      value === null ? label("unplaced") : label("placed", { value: digits(value) }),
    onInput: context.changed,
    height: 320,
  });
  let told = false;
  plot.draw({
    references: others.map(({ name, value }) => ({
      value,
      text: label(name, { value: digits(value) }),
      color: colors.models[name],
    })),
  });

  const list = (answer) => NAMES.map((name) => answer[name]);
  const named = (values) => Object.fromEntries(NAMES.map((name, i) => [name, digits(values[i])]));
  return {
    element: el("div", {}, plot.element),
    text() {
      const [softmax, linear] = others.map(({ value }) => digits(value));
      const answer = plot.answer();
      return [
        label("text", { softmax, linear }),
        answer ? label("text-own", named(list(answer))) : "",
        told ? label("text-truth", named(known)) : "",
      ].join(" ");
    },
    answer: () => plot.answer(),
    show: (answer) => plot.show(answer),
    overlay: (answers) => plot.overlay(answers),
    check: (answer) => dialOutcome(list(answer), known),
    reveal() {
      told = true;
      const curve = Array.from({ length: 17 }, (_, i) => [i / 8, at(i / 8)]);
      const color = colors.models.fixation;
      plot.draw({
        lines: [{ points: curve, color }],
        fixed: DIALS.map((dial, i) => ({
          x: dial,
          y: known[i],
          color,
          name: digits(known[i]),
          beside: true,
        })),
        legend: [
          { color: colors.ink, text: label("own") },
          { color, text: label("truth") },
        ],
      });
    },
    close: () => plot.close(),
  };
}
