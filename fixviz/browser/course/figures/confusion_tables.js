/* Confusion tables of unnamed models; the reader marks those of models with neighbors. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { matrix } from "../parts/matrix.js";
import { tablesOutcome } from "./neighbors_math.js";

let count = 0;

/**
 * @param {FigureContext} context options: `models` in the order of the tables, and those with `neighbors`
 * @returns {Promise<CourseFigure>}
 */
export async function confusionTables(context) {
  const { label, options, pack } = context;
  const { tables } = await pack();
  let told = false;
  // One scale for all tables, so that equal counts have equal colors.
  const most = Math.max(...options.models.flatMap((name) => tables[name].flat()));
  const cards = options.models.map((name, i) =>
    card(name, tables[name], String.fromCharCode(65 + i)),
  );

  function card(name, counts, letter) {
    const id = `course-table-${count++}`;
    const clips = counts.flat().reduce((sum, one) => sum + one, 0);
    const title = label("table", { letter });
    const grid = matrix({
      label: title,
      rows: [label("clockwise"), label("counterclockwise")],
      columns: [label("clockwise"), label("counterclockwise"), label("other")],
      show: String,
    });
    grid.draw(counts, {
      range: { low: 0, high: most },
      marks: [
        { row: 0, column: 0 },
        { row: 1, column: 1 },
      ],
    });
    const box = el("input", { type: "checkbox", id, onchange: () => context.changed() });
    const result = el("p", { class: "table-result" });
    const pick = el(
      "div",
      { class: "table-pick" },
      box,
      el("label", { for: id }, el("span", { class: "unseen" }, `${title}: `), label("pick")),
    );
    return {
      name,
      counts,
      clips,
      title,
      box,
      result,
      caption: grid.element.querySelector("caption"),
      element: el("div", { class: "table-card" }, grid.element, result, pick),
    };
  }

  const picked = () => cards.filter(({ box }) => box.checked).map(({ name }) => name);
  return {
    element: el(
      "div",
      { class: "tables" },
      el("p", { class: "map-note" }, `${label("rows")} ↓  ${label("columns")} →`),
      el("div", { class: "table-cards" }, ...cards.map(({ element }) => element)),
    ),
    text: () =>
      cards
        .map(({ name, counts, title }) => {
          const sum = (line) => line.reduce((total, one) => total + one, 0);
          return label("text", {
            name: told ? label(name) : title,
            clips: sum(counts[0]),
            a: counts[0][0],
            b: counts[0][1],
            others: sum(counts[1]),
            c: counts[1][0],
            d: counts[1][1],
          });
        })
        .join(" "),
    answer: () => (picked().length ? picked() : null),
    show(answer) {
      for (const { name, box } of cards) box.checked = answer.includes(name);
    },
    check: (answer) => tablesOutcome(answer, options.neighbors),
    reveal() {
      told = true;
      for (const { name, counts, clips, caption, result } of cards) {
        setText(caption, label(name));
        setText(result, label("right", { right: counts[0][0] + counts[1][1], count: clips }));
      }
    },
  };
}
