/* The reader draws how the time of three kinds of attention grows with the frames; then this browser measures it. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { PLACES, curveDrawing, curvesOutcome } from "../../cost/curves.js";
import { findCrossing, fitPowerLaw } from "../../cost/fit.js";
import { NAMES } from "../../cost/kinds.js";
import { race } from "../../cost/race.js";
import { el, setText } from "../../player/dom.js";
import { isNumbers } from "../parts/answers.js";
import { button } from "../parts/controls.js";

/** Seconds that the measurement may take. */
const BUDGET = 2.5;
const FRAMES = [1, 2, 4, 8, 16, 32, 64];
const MOST = 1e4;

/**
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function costCurves({ numbers, label, number, colors, answered, changed }) {
  const [patches, width] = [numbers["run.patches"], numbers["run.head_dim"]];
  const kinds = NAMES.map((id) => ({ id, title: label(id), color: colors.models[id] }));
  let answeredByHand = answered;
  /** @type {any[]} */
  let points = [];
  /** @type {(() => void) | null} */
  let stop = null;
  let failed = false;
  let revealed = false;

  const drawing = curveDrawing({
    kinds,
    say: label,
    onChange() {
      answeredByHand = true;
      changed();
    },
  });
  const run = button(label("start"), () => (stop ? end() : measure()));
  const said = el("p", { class: "said", role: "status" });
  run.hidden = true;
  const element = el(
    "div",
    { class: "figure-body" },
    drawing.element,
    el("div", { class: "buttons" }, run),
    said,
  );

  const of = (kind) => points.filter((point) => point.kind === kind);

  function draw() {
    drawing.setMeasured(
      Object.fromEntries(
        NAMES.map((kind) => {
          const mine = of(kind);
          return [
            kind,
            mine.map(({ tokens, seconds }) => [tokens / patches, seconds / mine[0].seconds]),
          ];
        }),
      ),
    );
    run.hidden = !revealed;
    run.textContent = label(stop ? "stop" : points.length ? "again" : "start");
    setText(said, revealed ? (stop ? label("measuring") : results()) : "");
  }

  function results() {
    if (failed) return label("failed");
    const laws = kinds.flatMap(({ id, title }) => {
      const law = fitPowerLaw(of(id));
      if (!law) return [];
      const [exponent, error] = [law.exponent, Math.max(law.error, 0.005)].map((v) => v.toFixed(2));
      return [label("law", { kind: title, exponent, error })];
    });
    if (!laws.length) return label("stopped");
    const crossings = ["linear", "fixation"].map((id) => {
      const kind = label(id);
      const found = findCrossing(of("softmax"), of(id));
      if (found === null) return label("never", { kind });
      if (found === 0) return label("always", { kind });
      const tokens = Math.round(Number(found.toPrecision(2))).toLocaleString("en");
      return label("crossing", { kind, tokens });
    });
    const longest = of("softmax").at(-1);
    const other = of("fixation").find(({ tokens }) => tokens === longest?.tokens);
    const last = other
      ? [
          label("longest", {
            frames: Math.round(longest.tokens / patches),
            softmax: number(1000 * longest.seconds, 3),
            fixation: number(1000 * other.seconds, 3),
          }),
        ]
      : [];
    return [...laws, ...crossings, ...last].join(" ");
  }

  function end() {
    stop?.();
    stop = null;
    draw();
  }

  function measure() {
    end();
    points = [];
    failed = false;
    const sizes = FRAMES.map((frames) => frames * patches);
    stop = race(
      { kinds: NAMES, sizes, width, heads: 1, seconds: BUDGET },
      {
        onPoint(point) {
          points.push(point);
          draw();
        },
        onEnd(told) {
          failed = told === null;
          end();
        },
      },
    );
    draw();
  }

  const api = {
    element,
    text: () => `${drawing.text()} ${revealed && !stop ? results() : ""}`.trim(),
    answer: () => (answeredByHand ? drawing.values() : null),
    show(answer) {
      answeredByHand = true;
      drawing.setValues(answer);
    },
    overlay(answers) {
      drawing.setOthers(
        answers.filter((one) => isNumbers(one, NAMES.length * PLACES.length, MOST)),
      );
    },
    check: curvesOutcome,
    reveal() {
      if (revealed) return;
      revealed = true;
      measure();
    },
    close() {
      stop?.();
      stop = null;
    },
  };
  draw();
  return api;
}
