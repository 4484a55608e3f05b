/* Both orders against the clock, for more and more tokens, and the reader's guess of where they cross. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { button, slider } from "../parts/controls.js";
import { linePlot } from "../parts/plot.js";
import { crossing, headRows, judgeCrossing, mapped, multiplications } from "./linear_math.js";

/** Milliseconds that the whole race may take. */
const BUDGET = 1300;
const SIZES = Array.from({ length: 12 }, (_, i) => 4 * 2 ** i);
/** Steps of large numbers on the axis; their spaces do not break. */
const UNITS = /** @type {[string, number][]} */ ([
  ["\u00a0G", 1e9],
  ["\u00a0M", 1e6],
  ["\u00a0k", 1e3],
]);
const whole = (count) => Math.round(count).toLocaleString("en");

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function orderRace({ source, numbers, label, number, colors, changed }) {
  const last = source.model("linear").layers - 1;
  const features = await source.features("linear", "spatial", last);
  const { head_dim: width, windows } = features.description;
  const position = source.frame - windows[source.window];
  const rows = (which) => headRows(features, which, position, 0);
  const names = { weights: label("weights"), sums: label("sums") };
  const [smallest, largest] = [SIZES[0], SIZES[SIZES.length - 1]];
  let times = [];
  let guess = null;
  let revealed = false;
  let worker = null;

  const plot = linePlot({
    label: label("plot"),
    x: { title: label("x"), min: smallest, max: largest, log: true, show: whole },
    y: { title: label("y_count"), ...ends(SIZES.map(counted)), log: true, show: short },
    height: 300,
    onPoint: ({ x }) => place(x),
  });
  const control = slider({
    label: label("guess"),
    min: Math.log2(smallest),
    max: Math.log2(largest),
    step: 0.125,
    value: Math.log2(smallest * largest) / 2,
    show: (value) =>
      guess === null ? label("nowhere") : label("tokens", { n: whole(2 ** value) }),
    onInput: (value) => place(2 ** value),
  });
  const run = button(label("start"), () => (worker ? stop() : race()));
  const said = el("p", { class: "said", "aria-live": "polite" });
  run.hidden = true;
  const element = el(
    "div",
    { class: "figure-body" },
    el(
      "p",
      { class: "key" },
      el("span", { class: "weights" }, names.weights),
      el("span", { class: "sums" }, names.sums),
    ),
    plot.element,
    control.element,
    el("div", { class: "buttons" }, run),
    said,
  );

  function short(value) {
    const [unit, size] = UNITS.find(([, least]) => value >= least) ?? ["", 1];
    return `${String(Number((value / size).toPrecision(3)))}${unit}`;
  }

  function counted(tokens) {
    const { weights, sums } = multiplications(tokens, width);
    return { tokens, weights: 2 * weights[0], sums: 2 * sums[0] };
  }

  function ends(points) {
    const all = points.flatMap(({ weights, sums }) => [weights, sums]);
    return {
      min: 10 ** Math.floor(Math.log10(Math.min(...all))),
      max: 10 ** Math.ceil(Math.log10(Math.max(...all))),
    };
  }

  element.style.setProperty("--linear-color", colors.models.linear);

  function draw() {
    const measured = times.length > 1;
    const points = measured ? times : revealed ? SIZES.map(counted) : [];
    const y = points.length ? ends(points) : ends(SIZES.map(counted));
    plot.rescale({ y: { ...y, title: label(measured ? "y_time" : "y_count") } });
    // Lines that end below the top leave room for their names.
    const upTo = (share) => y.min * (y.max / y.min) ** share;
    const upright = (x, share) =>
      /** @type {[number, number][]} */ ([
        [x, y.min],
        [x, upTo(share)],
      ]);
    const line = (order) => ({
      points: points.map((one) => /** @type {[number, number]} */ ([one.tokens, one[order]])),
      color: order === "sums" ? colors.models.linear : colors.ink,
      dash: order === "sums" ? undefined : "7 4",
    });
    plot.draw({
      lines: [
        ...(guess === null
          ? []
          : [
              {
                points: upright(guess, 0.92),
                color: colors.accent,
                width: 2,
                name: label("yours"),
              },
            ]),
        ...(revealed
          ? [
              {
                points: upright(width, 0.8),
                color: colors.muted,
                width: 1.5,
                dash: "3 3",
                name: "N = d",
              },
            ]
          : []),
        line("weights"),
        line("sums"),
      ],
    });
    plot.label = api.text();
    run.hidden = !revealed;
    run.textContent = worker ? label("stop") : label(times.length ? "again" : "start");
    setText(said, revealed ? api.text() : "");
  }

  function place(tokens) {
    guess = Math.min(largest, Math.max(smallest, tokens));
    control.set(Math.log2(guess));
    draw();
    changed();
  }

  function stop() {
    worker?.terminate();
    worker = null;
    draw();
  }

  function race() {
    stop();
    times = [];
    worker = new Worker(new URL("./order_race_worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.done) {
        stop();
        return;
      }
      times.push(data);
      draw();
    };
    worker.onerror = stop;
    worker.postMessage({
      query: mapped(rows("query"), width, "phi"),
      key: mapped(rows("key"), width, "phi"),
      value: rows("value"),
      width,
      sizes: SIZES,
      budget: BUDGET,
    });
    draw();
  }

  const api = {
    element,
    text() {
      if (!revealed) return guess === null ? label("plot") : label("tokens", { n: whole(guess) });
      const counts = label("counted", { n: whole(width) });
      if (!times.length) return counts;
      const [{ tokens, weights, sums }] = times.slice(-1);
      const found = crossing(times);
      const parts = [
        counts,
        found === null ? label("never") : label("measured", { n: whole(found) }),
        label("longest", {
          n: whole(tokens),
          weights: number(weights),
          sums: number(sums),
          times: number(weights / sums, 2),
          frames: number(tokens / numbers["run.patches"], 2),
        }),
      ];
      return parts.join(" ");
    },
    answer: () => guess,
    show(answer) {
      guess = answer;
      control.set(Math.log2(guess));
      draw();
    },
    check: (answer) => judgeCrossing(answer, width),
    reveal() {
      if (revealed) return;
      revealed = true;
      race();
    },
    close: () => worker?.terminate(),
  };
  draw();
  return api;
}
