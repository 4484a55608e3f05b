/* The reader draws the Lorenz curve of a row of four shares. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { slider } from "../parts/controls.js";
import { isNumbers } from "../parts/answers.js";
import { linePlot } from "../parts/plot.js";
import { evenLine } from "./even_line.js";
import { judgeLorenz, lorenz } from "./price_math.js";

/** Places to which a corner snaps. */
const STEP = 1 / 16;
const whole = (value) => `${Math.round(100 * value)}\u00a0%`;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function lorenzDraw({ pack, label, colors, changed }) {
  const { row } = (await pack()).hand;
  const shares = [...row].sort((a, b) => a - b);
  const truth = lorenz(shares);
  const inner = truth.slice(1, -1).map(([x]) => x);
  let placed = inner.map(() => null);
  let revealed = false;
  /** Curves of a class, or none. */
  let others = [];

  const bars = el("div", { class: "shares", role: "img" });
  shares.forEach((share, j) =>
    bars.append(
      el(
        "span",
        { class: "share" },
        el("span", {
          class: "fill",
          style: `height: ${(100 * share) / shares[shares.length - 1]}%`,
        }),
        el("span", { class: "value" }, percentage(share)),
        el("span", { class: "name" }, label("rank", { n: j + 1 })),
      ),
    ),
  );
  bars.setAttribute("aria-label", label("row", { shares: shares.map(percentage).join(", ") }));
  const plot = linePlot({
    label: label("plot"),
    x: { title: label("keys"), min: 0, max: 1, show: whole },
    y: { title: label("attention"), min: 0, max: 1, show: whole },
    height: 300,
    onPoint({ x, y }) {
      const nearest = inner.reduce(
        (best, at, i) => (Math.abs(at - x) < Math.abs(inner[best] - x) ? i : best),
        0,
      );
      place(nearest, y);
    },
  });
  const corners = inner.map((_, i) =>
    slider({
      label: label(i ? "weakest" : "first", { n: i + 1 }),
      min: 0,
      max: 1,
      step: STEP,
      value: 0,
      show: (value) => (placed[i] === null ? "–" : percentage(value)),
      onInput: (value) => place(i, value),
    }),
  );
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-body" },
    bars,
    plot.element,
    el("div", { class: "corners" }, ...corners.map((corner) => corner.element)),
    said,
  );

  /** Whether the reader's curve is the row's. */
  function right() {
    return !placed.includes(null) && judgeLorenz(placed, shares) === "right";
  }

  function percentage(share) {
    return `${Number((100 * share).toFixed(1))}\u00a0%`;
  }

  function draw() {
    const known = placed.flatMap((value, i) => (value === null ? [] : [[inner[i], value]]));
    const complete = known.length === inner.length;
    /** @type {[number, number][]} */
    const mine = /** @type {any} */ ([[0, 0], ...known, [1, 1]]);
    plot.draw({
      lines: [
        evenLine(colors),
        ...(revealed && !right() ? [{ points: truth, color: colors.good, width: 4 }] : []),
        ...(others.length
          ? others.map((points) => ({ points, color: colors.accent, width: 1, faint: true }))
          : [
              {
                points: mine,
                color: colors.accent,
                dash: complete ? undefined : "2 5",
                width: 2.5,
              },
            ]),
      ],
      marks: known.map(([x, y]) => ({ x, y, color: colors.accent })),
    });
    plot.label = api.text();
    setText(said, revealed ? api.text() : label("diagonal"));
  }

  function place(i, value) {
    placed[i] = Math.min(1, Math.max(0, Math.round(value / STEP) * STEP));
    corners[i].set(placed[i]);
    draw();
    changed();
  }

  const api = {
    element,
    text() {
      const mine = placed.map((value) => (value === null ? "–" : percentage(value))).join(", ");
      const shown = label("drawn", { values: mine });
      if (!revealed || right()) return shown;
      const values = truth.slice(1, -1).map(([, held]) => percentage(held));
      return `${shown} ${label("truth", { values: values.join(", ") })}`;
    },
    answer: () => (placed.includes(null) ? null : placed),
    show(answer) {
      placed = [...answer];
      placed.forEach((value, i) => corners[i].set(value));
      draw();
    },
    overlay(answers) {
      others = answers
        .filter((answer) => isNumbers(answer, inner.length, 1))
        .map((answer) => [[0, 0], ...inner.map((x, i) => [x, answer[i]]), [1, 1]]);
      draw();
    },
    check: (answer) => judgeLorenz(answer, shares),
    reveal() {
      revealed = true;
      draw();
    },
  };
  draw();
  return api;
}
