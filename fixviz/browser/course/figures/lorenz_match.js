/* Two real rows, and curves of which two are theirs. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { choices } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { linePlot } from "../parts/plot.js";
import { lorenz, middleHead, rowAt, shuffled } from "./price_math.js";
import { queryPlace } from "./query_place.js";

const CURVES = ["softmax", "linear", "uniform"];
const DASHES = { 1: undefined, 2: "9 5", 3: "2 5" };
const whole = (value) => `${Math.round(100 * value)}\u00a0%`;

/**
 * Options: `seed` of the numbers of the curves.
 *
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function lorenzMatch({ source, options, label, number, colors, changed }) {
  const { seed = 0 } = options;
  const { frame } = source;
  const last = source.model("softmax").layers - 1;
  const models = ["softmax", "linear"];
  const [image, query, ...layers] = await Promise.all([
    source.image(frame),
    queryPlace(source, "softmax"),
    ...models.map((name) => source.layer(name, "spatial", last)),
  ]);
  const rows = layers.map((layer) =>
    rowAt(layer, frame, query.row * layer.columns + query.column, middleHead(layer, frame)),
  );
  const points = {
    softmax: lorenz(rows[0].weights),
    linear: lorenz(rows[1].weights),
    uniform: /** @type {[number, number][]} */ ([
      [0, 0],
      [1, 1],
    ]),
  };
  const numbered = shuffled(CURVES, seed);
  const answer = { softmax: null, linear: null };
  let revealed = false;

  const pictures = models.map((name, i) => {
    const picture = new PatchPicture({
      grid: source.model(name).grid,
      display: source.manifest.display,
      label: label(name),
    });
    const { weights } = rows[i];
    const high = Math.max(...rows.flatMap((row) => [...row.weights]));
    picture.draw({
      image,
      map: weights,
      range: { low: 0, high, max: high },
      overlay: 0.8,
      marks: [{ ...query, color: "#ffffff", weight: 2 }],
    });
    const pick = choices({
      label: label("curve_of", { model: label(name) }),
      options: numbered.map((_, n) => ({ value: n + 1, text: String(n + 1) })),
      value: null,
      onChange(value) {
        answer[name] = value;
        changed();
      },
    });
    return { name, picture, pick };
  });
  const plot = linePlot({
    label: label("plot"),
    x: { title: label("keys"), min: 0, max: 1, show: whole },
    y: { title: label("attention"), min: 0, max: 1, show: whole },
    height: 280,
  });
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-body" },
    el(
      "div",
      { class: "pair" },
      ...pictures.map(({ name, picture, pick }) =>
        el(
          "figure",
          {},
          el("figcaption", {}, el("strong", {}, label(name))),
          picture.element,
          pick.element,
        ),
      ),
    ),
    plot.element,
    said,
  );

  /** The place of a curve where its number is written: the numbers climb, so that they do not meet. */
  function numberAt(curve, n) {
    const x = 0.4 + 0.16 * n;
    const after = points[curve].findIndex(([at]) => at >= x);
    const [[fromX, fromY], [toX, toY]] = points[curve].slice(after - 1, after + 1);
    return { x, y: fromY + ((x - fromX) / (toX - fromX)) * (toY - fromY) };
  }

  function draw() {
    plot.draw({
      lines: numbered.map((name, n) => ({
        points: points[name],
        color: revealed && name !== "uniform" ? colors.models[name] : colors.ink,
        dash: DASHES[n + 1],
      })),
      marks: numbered.map((name, n) => ({
        ...numberAt(name, n),
        color: revealed && name !== "uniform" ? colors.models[name] : colors.ink,
        name: revealed ? `${n + 1}: ${label(`curve_${name}`)}` : String(n + 1),
      })),
    });
    plot.label = api.text();
    setText(said, revealed ? api.text() : "");
  }

  const half = (name) => {
    const at = points[name].find(([x]) => x >= 0.9);
    return whole(1 - at[1]);
  };

  const api = {
    element,
    text: () =>
      revealed
        ? label("truth", {
            softmax: half("softmax"),
            linear: half("linear"),
            gini_softmax: number(rows[0].figures.gini, 2),
            gini_linear: number(rows[1].figures.gini, 2),
          })
        : label("plot"),
    answer: () => (answer.softmax === null || answer.linear === null ? null : { ...answer }),
    show(given) {
      Object.assign(answer, given);
      for (const { name, pick } of pictures) pick.set(answer[name]);
    },
    check(given) {
      const chosen = models.map((name) => numbered[given[name] - 1]);
      if (chosen.includes("uniform")) return "uniform";
      if (chosen[0] === chosen[1]) return "same";
      return chosen[0] === "softmax" ? "right" : "swapped";
    },
    reveal() {
      revealed = true;
      draw();
    },
    close: () => pictures.forEach(({ picture }) => picture.close()),
  };
  draw();
  return api;
}
