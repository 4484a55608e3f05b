/* Place the work that joint softmax attention takes as frames are added, then see it counted. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { animate } from "../parts/animate.js";
import { isNumbers } from "../parts/answers.js";
import { slider } from "../parts/controls.js";
import { linePlot } from "../parts/plot.js";
import { counted, sizesOf, symbolsOf } from "./softmax_counts.js";
import { DOUBLINGS, curveOutcome } from "./softmax_math.js";

/** The highest work that can be placed, in works of one frame. */
const MOST = 100;
const DRAW_MS = 900;

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function softmaxCost(context) {
  const sizes = sizesOf(context);
  const { label, labels, colors } = context;
  let placed = DOUBLINGS.map(() => 1);
  let touched = false;
  /** How much of the true curve is drawn, 0 to 1. */
  let shown = 0;
  let held = null;
  /** Curves of a class, or none. */
  let others = [];
  let stop = () => {};

  const plot = linePlot({
    label: labels.plot,
    x: { title: labels.x, min: 0, max: 8 },
    y: { title: labels.y, min: 0, max: MOST },
    height: 330,
    onPoint({ x, y }, settled) {
      held ??= DOUBLINGS.reduce(
        (best, frames, i) => (Math.abs(frames - x) < Math.abs(DOUBLINGS[best] - x) ? i : best),
        0,
      );
      move(held, Math.max(0, Math.round(y)));
      if (settled) held = null;
    },
  });
  const sliders = DOUBLINGS.map((frames, i) =>
    slider({
      label: label("point", { frames }),
      min: 0,
      max: MOST,
      step: 1,
      value: placed[i],
      show: (value) => label("times", { value }),
      onInput: (value) => move(i, value),
    }),
  );
  const count = el("p", { class: "row-note", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-row" },
    plot.element,
    el("div", { class: "points" }, ...sliders.map((one) => one.element)),
    count,
  );
  redraw();

  function move(i, value) {
    placed = placed.with(i, value);
    sliders[i].set(value);
    touched = true;
    hide();
    context.changed();
    redraw();
  }

  function hide() {
    stop();
    shown = 0;
  }

  function redraw() {
    const last = 1 + 7 * shown;
    const steps = Array.from({ length: 60 }, (_, i) => 1 + ((last - 1) * i) / 59);
    const points = DOUBLINGS.map((frames, i) => [frames, placed[i]]);
    plot.draw({
      lines: [
        ...(others.length
          ? others.map((curve) => ({ points: curve, color: colors.accent, width: 1, faint: true }))
          : [
              {
                points: /** @type {[number, number][]} */ ([[1, 1], ...points]),
                color: colors.muted,
                dash: "6 5",
                name: touched ? labels.yours : undefined,
              },
            ]),
        {
          points: shown ? steps.map((frames) => [frames, frames ** 2]) : [],
          color: colors.models.softmax,
          name: shown === 1 ? labels.truth : undefined,
        },
      ],
      marks: [
        { x: 1, y: 1, color: colors.ink },
        ...(others.length ? [] : points).map(([x, y]) => ({ x, y, color: colors.accent })),
      ],
    });
    setText(count, counted(context, sizes, shown ? DOUBLINGS.at(-1) : 1));
    plot.label = text();
  }

  function text() {
    return DOUBLINGS.map((frames, i) =>
      label("text", {
        frames,
        yours: label("times", { value: placed[i] }),
        counted: shown ? label("times", { value: frames ** 2 }) : "?",
      }),
    ).join(" ");
  }

  return {
    element,
    text,
    answer: () => (touched ? placed : null),
    show(answer) {
      placed = answer;
      touched = true;
      sliders.forEach((one, i) => one.set(placed[i]));
      redraw();
    },
    overlay(answers) {
      others = answers
        .filter((answer) => isNumbers(answer, DOUBLINGS.length, MOST))
        .map((answer) => [[1, 1], ...DOUBLINGS.map((frames, i) => [frames, answer[i]])]);
      redraw();
    },
    check: curveOutcome,
    reveal() {
      hide();
      stop = animate(
        DRAW_MS,
        (share) => {
          shown = share;
          redraw();
        },
        context.reduced || context.answered,
      );
    },
    symbols: () => symbolsOf(context, sizes, DOUBLINGS.at(-1)),
    close: hide,
  };
}
