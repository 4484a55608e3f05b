/* Gains in accuracy over the linear model, each with its confidence interval. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";

const ROOM = 1.15;

/**
 * @param {FigureContext} context options: `rows`, names of checkpoints; `hidden`, to show them only after the answer
 * @returns {CourseFigure}
 */
export function gainIntervals(context) {
  const { label, numbers, options, colors } = context;
  const rows = options.rows.map((name) => {
    const gain = (end) => 100 * numbers[`world.gain.${name}${end}`];
    return { name, value: gain(""), low: gain(".low"), high: gain(".high") };
  });
  const min = Math.min(0, ...rows.map(({ low }) => low)) * ROOM;
  const max = Math.max(0, ...rows.map(({ high }) => high)) * ROOM;
  const at = (value) => `${((100 * (value - min)) / (max - min)).toFixed(2)}%`;
  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
  const words = ({ value, low, high }) =>
    label("value", { value: signed(value), low: signed(low), high: signed(high) });
  const content = el("div", { class: "gains" });
  let told = !options.hidden;

  function draw() {
    content.replaceChildren(
      ...rows.map((row) =>
        el(
          "div",
          { class: "gain-row" },
          el("span", { class: "gain-name" }, label(row.name)),
          el(
            "span",
            { class: "gain-track" },
            el("span", { class: "gain-zero", style: `left: ${at(0)}` }),
            ...(told ? interval(row) : []),
          ),
          el("span", { class: "gain-value" }, told ? words(row) : "?"),
        ),
      ),
      el(
        "div",
        { class: "gain-row" },
        el("span", { class: "gain-axis" }, el("span", { style: `left: ${at(0)}` }, "0")),
      ),
    );
  }

  function interval({ value, low, high }) {
    return [
      el("span", {
        class: "gain-interval",
        style: `left: ${at(low)}; right: calc(100% - ${at(high)})`,
      }),
      el("span", {
        class: "gain-dot",
        style: `left: ${at(value)}; background: ${colors.models.fixation}`,
      }),
    ];
  }

  draw();
  const note = el("p", { class: "map-note" }, label("waiting"));
  note.hidden = told;
  return {
    element: el("div", {}, el("p", { class: "map-title" }, label("title")), content, note),
    text: () =>
      told
        ? label(
            "text",
            Object.fromEntries(rows.map((row) => [row.name.replaceAll("-", "_"), words(row)])),
          )
        : label("waiting"),
    reveal() {
      told = true;
      note.hidden = true;
      draw();
    },
  };
}
