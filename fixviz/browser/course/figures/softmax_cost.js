/* What joint softmax attention costs as frames are added. Two tasks: "place" the work of more frames on a chart, and
   "measure" the time in this browser. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { animate } from "../parts/animate.js";
import { button, slider } from "../parts/controls.js";
import { linePlot } from "../parts/plot.js";
import { DOUBLINGS, curveOutcome, multiplications } from "./softmax_math.js";

/** The highest work that can be placed, in works of one frame. */
const MOST = 100;
const DRAW_MS = 900;
/** Milliseconds that the timing may take in all. */
const BUDGET = 1300;
/** The most frames on the chart of times. */
const LONGEST = 64;

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function softmaxCost(context) {
  const { grid, heads } = context.source.model("softmax");
  const sizes = {
    tokens: grid.rows * grid.columns,
    width: context.numbers["run.head_dim"],
    heads,
  };
  return context.options.task === "place" ? place(context, sizes) : measure(context, sizes);
}

/** Tokens, pairs and multiplications of so many frames, in words. */
function counted(context, { tokens, width }, frames) {
  const all = frames * tokens;
  const plain = (value) => value.toLocaleString("en");
  return context.label("tokens", {
    frames,
    tokens: plain(all),
    pairs: plain(all ** 2),
    count: plain(multiplications(all, width)),
  });
}

function symbols(context, { tokens, width }, frames) {
  return {
    t: { value: String(frames), where: context.labels.frames },
    n: { value: String(tokens), where: context.labels.symbol_n },
    d: { value: String(width), where: context.labels.symbol_d },
  };
}

function place(context, sizes) {
  const { label, labels, colors } = context;
  let placed = DOUBLINGS.map(() => 1);
  let touched = false;
  /** How much of the true curve is drawn, 0 to 1. */
  let shown = 0;
  let held = null;
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
        {
          points: /** @type {[number, number][]} */ ([[1, 1], ...points]),
          color: colors.muted,
          dash: "6 5",
          name: touched ? labels.yours : undefined,
        },
        {
          points: shown ? steps.map((frames) => [frames, frames ** 2]) : [],
          color: colors.models.softmax,
          name: shown === 1 ? labels.truth : undefined,
        },
      ],
      marks: [
        { x: 1, y: 1, color: colors.ink },
        ...points.map(([x, y]) => ({ x, y, color: colors.accent })),
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
    symbols: () => symbols(context, sizes, DOUBLINGS.at(-1)),
    close: hide,
  };
}

function measure(context, sizes) {
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
