/* The rows of two models for one query: which is which, or to look around. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { choices } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { linePlot } from "../parts/plot.js";
import { evenLine } from "./even_line.js";
import { lorenz, middleHead, rowAt, shuffled } from "./price_math.js";
import { queryPlace } from "./query_place.js";

const MODELS = ["softmax", "linear"];

/**
 * Options: `seed` of the order of the pictures, which are then unnamed until the question is answered;
 * `measures`: name them, with the measures of their rows and their Lorenz curves, and a choice of the head.
 *
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function twoRows({ source, options, label, number, colors, changed }) {
  const { seed = 0, measures = false } = options;
  const { frame } = source;
  const last = source.model("softmax").layers - 1;
  const [image, start, ...layers] = await Promise.all([
    source.image(frame),
    queryPlace(source, "softmax"),
    ...MODELS.map((name) => source.layer(name, "spatial", last)),
  ]);
  const layerOf = Object.fromEntries(MODELS.map((name, i) => [name, layers[i]]));
  const heads = Object.fromEntries(MODELS.map((name) => [name, middleHead(layerOf[name], frame)]));
  const order = measures ? MODELS : shuffled(MODELS, seed);
  const letters = ["A", "B"];
  let query = start;
  let answer = null;
  let revealed = measures;

  const panels = order.map((name, i) => {
    const { grid } = source.model(name);
    const picture = new PatchPicture({
      grid,
      display: source.manifest.display,
      label: label("move"),
      onPick(next) {
        query = next;
        draw();
      },
    });
    const [title, scale, figures] = ["strong", "span", "span"].map((tag, k) =>
      el(tag, { class: ["title", "scale", "figures"][k] }),
    );
    const element = el(
      "figure",
      {},
      el("figcaption", {}, title, " ", scale),
      picture.element,
      figures,
    );
    return { name, letter: letters[i], picture, title, scale, figures, element };
  });
  const pick = choices({
    label: label("which"),
    options: letters.map((letter) => ({ value: letter, text: letter })),
    value: null,
    onChange(letter) {
      answer = letter;
      changed();
    },
  });
  const most = Math.min(...MODELS.map((name) => layerOf[name].heads));
  const head = choices({
    label: label("head"),
    options: [
      { value: "middle", text: label("middle") },
      ...Array.from({ length: most }, (_, h) => ({ value: h, text: String(h) })),
    ],
    value: "middle",
    onChange(next) {
      for (const name of MODELS)
        heads[name] = next === "middle" ? middleHead(layerOf[name], frame) : next;
      draw();
    },
  });
  const plot = measures
    ? linePlot({
        label: label("plot"),
        x: {
          title: label("keys"),
          min: 0,
          max: 1,
          show: (value) => `${Math.round(100 * value)}\u00a0%`,
        },
        y: {
          title: label("attention"),
          min: 0,
          max: 1,
          show: (value) => `${Math.round(100 * value)}\u00a0%`,
        },
        height: 230,
      })
    : null;
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-body" },
    measures ? head.element : null,
    el("div", { class: "pair" }, ...panels.map((panel) => panel.element)),
    measures ? plot.element : pick.element,
    said,
  );

  function draw() {
    const found = rows();
    const shared = Math.max(...found.map(({ high }) => high));
    panels.forEach(({ name, letter, picture, title, scale, figures }, i) => {
      const { weights, high, figures: row } = found[i];
      const top = revealed ? shared : high;
      picture.draw({
        image,
        map: weights,
        range: { low: 0, high: top, max: high },
        overlay: 0.8,
        marks: [{ ...query, color: "#ffffff", weight: 2 }],
      });
      picture.label = `${label("move")} ${revealed ? label(name) : letter}`;
      setText(title, measures ? label(name) : revealed ? `${letter}: ${label(name)}` : letter);
      setText(scale, label("scale", { high: number(top, 2) }));
      setText(
        figures,
        revealed
          ? label("measures", {
              support: number(row.effectiveSupport),
              patches: weights.length,
              entropy: number(row.entropy),
              concentration: number(row.concentration, 2),
              head: heads[name],
            })
          : "",
      );
    });
    if (plot) {
      plot.draw({
        lines: [
          evenLine(colors),
          ...panels.map(({ name }, i) => ({
            points: lorenz(found[i].weights),
            color: colors.models[name],
            dash: name === "softmax" ? "8 4" : undefined,
          })),
        ],
      });
      plot.label = `${label("plot")} ${api.text()}`;
    }
    setText(said, revealed && !measures ? label("shared") : "");
  }

  function rows() {
    return panels.map(({ name }) => {
      const layer = layerOf[name];
      const place = query.row * layer.columns + query.column;
      const found = rowAt(layer, frame, place, heads[name]);
      return { ...found, high: Math.max(...found.weights) };
    });
  }

  const api = {
    element,
    text() {
      const place = label("place", { row: query.row, column: query.column });
      if (!revealed) return place;
      const each = rows().map(
        ({ figures }, i) =>
          `${label(panels[i].name)}: ${label("measures", {
            support: number(figures.effectiveSupport),
            patches: layerOf[panels[i].name].places,
            entropy: number(figures.entropy),
            concentration: number(figures.concentration, 2),
            head: heads[panels[i].name],
          })}`,
      );
      return [place, ...each].join(" ");
    },
    answer: () => answer,
    show(letter) {
      answer = letter;
      pick.set(letter);
    },
    check: (letter) => (order[letters.indexOf(letter)] === "softmax" ? "right" : "swapped"),
    reveal() {
      revealed = true;
      draw();
    },
    close: () => panels.forEach(({ picture }) => picture.close()),
  };
  draw();
  return api;
}
