/* Bars of counts from the course's numbers, shown at once or after the answer. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";

/**
 * @param {FigureContext} context options: `rows` with `label`, `number` and `color` (a model); `max`, the name of the
 *   number of a full bar; `hidden`, to show the bars only after the answer
 * @returns {CourseFigure}
 */
export function countBars(context) {
  const { label, labels, numbers, options, colors } = context;
  const full = numbers[options.max];
  let told = !options.hidden;
  const content = el("div", { class: "counts" });
  const note = el("p", { class: "map-note" }, labels.waiting ?? "");
  const share = (value) => `${((100 * value) / full).toFixed(2)}%`;
  const values = options.rows.map((row) => ({ ...row, value: numbers[row.number] }));
  draw();

  function draw() {
    let group = "";
    const children = [];
    for (const row of values) {
      if (row.color !== group) {
        group = row.color;
        if (labels[`group-${group}`])
          children.push(el("p", { class: "count-group" }, label(`group-${group}`)));
      }
      children.push(
        el(
          "div",
          { class: "count-row" },
          el("span", { class: "gain-name" }, label(row.label)),
          el(
            "span",
            { class: "count-track" },
            told
              ? el("span", {
                  class: "count-fill",
                  style: `width: ${share(row.value)}; background: ${colors.models[row.color]}`,
                })
              : null,
            el("span", { class: "count-half", style: "left: 50%" }),
          ),
          el("span", { class: "gain-value" }, told ? String(row.value) : "?"),
        ),
      );
    }
    content.replaceChildren(
      ...children,
      el(
        "div",
        { class: "count-row" },
        el("span", {}),
        el("span", { class: "count-axis" }, el("span", { style: "left: 50%" }, label("chance"))),
        el("span", {}),
      ),
    );
    note.hidden = told;
  }

  return {
    element: el(
      "div",
      {},
      el("p", { class: "map-title" }, label("title", { count: full })),
      content,
      note,
    ),
    text() {
      if (!told) return label("waiting");
      const list = values.map((row) => {
        const name = labels[`group-${row.color}`];
        return `${name ? `${name}, ` : ""}${label(row.label)} ${row.value}`;
      });
      return label("text", { count: full, list: list.join("; ") });
    },
    reveal() {
      told = true;
      draw();
    },
  };
}
