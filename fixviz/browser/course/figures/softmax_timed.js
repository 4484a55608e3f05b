/* The time that joint softmax attention takes in this browser as frames are added. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { button, slider } from "../parts/controls.js";
import { linePlot } from "../parts/plot.js";
import { counted, sizesOf } from "./softmax_counts.js";

/** Milliseconds that the timing may take in all. */
const BUDGET = 1300;
/** The most frames on the chart of times. */
const LONGEST = 64;

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function softmaxTimed(context) {
  const sizes = sizesOf(context);
  const { label, labels, colors } = context;
  /** @type {{ frames: number, milliseconds: number, runs: number }[]} */
  let times = [];
  let worker = null;
  let frames = 1;
  let status = "";

  const plot = linePlot({
    label: labels.plot,
    x: { title: labels.x, min: 1, max: LONGEST, log: true, show: String },
    y: { title: labels.milliseconds, min: 0.1, max: 1000, log: true, show: String },
    height: 330,
  });
  const many = slider({
    label: labels.frames,
    min: 1,
    max: LONGEST,
    step: 1,
    value: frames,
    onInput(value) {
      frames = value;
      redraw();
    },
  });
  const go = button(labels.measure, () => (worker ? end(labels.stopped) : start()));
  const count = el("p", { class: "row-note" });
  const result = el("p", { class: "row-note result", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-row" },
    plot.element,
    el("div", { class: "paint-line" }, go, result),
    many.element,
    count,
  );
  redraw();

  function start() {
    times = [];
    say(label("measuring", { frames: 1 }));
    go.textContent = labels.stop;
    worker = new Worker(new URL("./softmax_worker.js", import.meta.url), { type: "module" });
    worker.onerror = () => end(labels.failed);
    worker.onmessage = ({ data }) => {
      if (data.done) {
        end(found());
        return;
      }
      times.push(data);
      say(label("measuring", { frames: 2 * data.frames }));
      redraw();
    };
    worker.postMessage({ tokens: sizes.tokens, width: sizes.width, budget: BUDGET });
  }

  function end(words) {
    worker?.terminate();
    worker = null;
    go.textContent = labels.measure;
    say(words);
    redraw();
  }

  function say(words) {
    status = words;
    setText(result, words);
  }

  function found() {
    const [first, last] = [times[0], times.at(-1)];
    return label("result", {
      runs: Math.min(...times.map(({ runs }) => runs)),
      width: sizes.width,
      first: context.number(first.milliseconds, 2),
      last: context.number(last.milliseconds, 3),
      frames: last.frames,
      ratio: context.number(last.milliseconds / first.milliseconds, 3),
    });
  }

  function redraw() {
    setText(count, counted(context, sizes, frames));
    const at = times.filter(({ milliseconds }) => milliseconds > 0);
    const lines = [];
    const marks = at.map((one, i) => ({
      x: one.frames,
      y: one.milliseconds,
      color: colors.models.softmax,
      name: i === 0 ? labels.measured : undefined,
      hollow: false,
    }));
    if (at.length) {
      const last = at[at.length - 1];
      const [low, high] = [Math.min, Math.max].map((pick) =>
        pick(...at.map(({ milliseconds }) => milliseconds)),
      );
      const unit = last.milliseconds / last.frames ** 2;
      plot.rescale({
        y: {
          min: 10 ** Math.floor(Math.log10(Math.min(low, unit))),
          max: 10 ** Math.ceil(Math.log10(Math.max(high, unit * LONGEST ** 2))),
        },
      });
      lines.push({
        points: [1, LONGEST].map((n) => [n, unit * n ** 2]),
        color: colors.muted,
        dash: "6 5",
        name: labels.compare,
      });
      // With one frame it would lie on the first measured time.
      if (frames > 1)
        marks.push({
          x: frames,
          y: unit * frames ** 2,
          color: colors.ink,
          name: label("expected", { value: context.number(unit * frames ** 2, 2) }),
          hollow: true,
        });
      lines.push({
        points: at.map((one) => [one.frames, one.milliseconds]),
        color: colors.models.softmax,
      });
    }
    plot.draw({
      lines,
      marks,
    });
    plot.label = status || labels.plot;
  }

  return {
    element,
    text: () => [counted(context, sizes, frames), status].filter(Boolean).join(" · "),
    close: () => end(""),
  };
}
