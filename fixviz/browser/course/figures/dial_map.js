/* The attention that each patch receives, and its concentration, under the fixation dial. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { frameConcentration, received } from "../../player/attention/index.js";
import { beforeFrame } from "../parts/animate.js";
import { choices, slider } from "../parts/controls.js";
import { linePlot } from "../parts/plot.js";
import { attentionMap } from "./attention_map.js";

const MOST = 3;
const STEP = 0.05;
const POINTS = 25;

/**
 * @param {FigureContext} context options: `heads`, whether a head can be chosen
 * @returns {Promise<CourseFigure>}
 */
export async function dialMap(context) {
  const { source, label, number, colors, options } = context;
  const { frame } = source;
  const { layers } = source.model("fixation");
  const [layer, image] = await Promise.all([
    source.layer("fixation", "spatial", layers - 1),
    source.image(frame),
  ]);
  let alpha = 1;
  /** @type {number | "mean"} */
  let head = "mean";
  let curve = [];
  let range = null;
  const map = attentionMap({ context, title: label("map"), note: label("even") });
  const dial = slider({
    label: label("dial"),
    min: 0,
    max: MOST,
    step: STEP,
    value: alpha,
    show: (value) => value.toFixed(2),
    onInput(value) {
      alpha = value;
      redraw();
      context.changed();
    },
  });
  const heads = options.heads
    ? choices({
        label: label("head"),
        options: [
          { value: "mean", text: label("mean") },
          ...Array.from({ length: layer.heads }, (_, h) => ({ value: h, text: String(h) })),
        ],
        value: head,
        onChange(value) {
          head = value;
          measure();
          redraw();
          context.changed();
        },
      })
    : null;
  const heading = el("p", { class: "map-title" });
  const plot = linePlot({
    label: label("y"),
    x: { title: label("x"), min: 0, max: MOST },
    y: { title: "", min: 0, max: 1 },
    height: 230,
  });
  const redraw = beforeFrame(draw);
  measure();
  draw();

  /** The curve of the chosen heads, and the range of its map: that at dial 1, so that the map's change shows. */
  function measure() {
    curve = Array.from({ length: POINTS }, (_, i) => {
      const at = (MOST * i) / (POINTS - 1);
      return [at, frameConcentration(layer, { frame, head, alpha: at })];
    });
    const learned = Math.max(...received(layer, { frame, head, alpha: 1 }).map);
    range = { low: 0, high: Math.max(learned, 2), max: learned };
  }

  function now() {
    const shown = received(layer, { frame, head, alpha }).map;
    const value = frameConcentration(layer, { frame, head, alpha });
    return { shown, value, most: Math.max(...shown) };
  }

  function draw() {
    const { shown, value, most } = now();
    map.title(head === "mean" ? label("map") : label("head-map", { head }));
    map.draw(image, shown, { ...range, max: most });
    setText(heading, label("concentration", { value: value.toFixed(2) }));
    plot.draw({
      lines: [{ points: curve, color: colors.models.fixation }],
      marks: [
        {
          x: alpha,
          y: value,
          color: colors.models.fixation,
        },
      ],
    });
  }

  return {
    element: el(
      "div",
      { class: "dial-map" },
      heads?.element ?? null,
      dial.element,
      el("div", { class: "two-parts" }, map.element, el("div", {}, heading, plot.element)),
    ),
    text() {
      const { value, most } = now();
      return label("text", {
        dial: alpha.toFixed(2),
        value: value.toFixed(2),
        most: number(most, 2),
      });
    },
    close: () => map.close(),
  };
}
