/* A small matrix as a table whose cells are colored by their values. */

import { COLOR_MAPS, colorize } from "../../player/colormaps.js";
import { el, setText } from "../../player/dom.js";

/** Relative luminance from which on black ink has more contrast than white (WCAG 2.2). */
const MIDDLE = Math.sqrt(1.05 * 0.05) - 0.05;

/** The relative luminance of an sRGB color of 0 to 255 per channel (WCAG 2.2). */
export function luminance(...rgb) {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * @param {object} options
 * @param {string} options.label caption of the table
 * @param {string[]} options.rows
 * @param {string[]} options.columns
 * @param {(value: number) => string} options.show
 */
export function matrix({ label, rows, columns, show }) {
  const cells = rows.map(() => columns.map(() => el("td")));
  const element = el(
    "table",
    { class: "matrix" },
    el("caption", {}, label),
    el(
      "thead",
      {},
      el("tr", {}, el("td"), ...columns.map((name) => el("th", { scope: "col" }, name))),
    ),
    el(
      "tbody",
      {},
      ...rows.map((name, i) => el("tr", {}, el("th", { scope: "row" }, name), ...cells[i])),
    ),
  );
  return {
    element,
    /**
     * Draw values.
     *
     * @param {number[][]} values
     * @param {object} [options]
     * @param {{ low: number, high: number }} [options.range]
     * @param {string} [options.colors] name of a color map
     * @param {{ row: number, column: number }[]} [options.marks] cells to outline
     */
    draw(values, { range = { low: 0, high: 1 }, colors = "viridis", marks = [] } = {}) {
      values.forEach((line, i) =>
        line.forEach((value, j) => {
          const [r, g, b] = colorize(
            Float32Array.of(value),
            range.low,
            range.high,
            COLOR_MAPS[colors],
          );
          const dark = luminance(r, g, b) < MIDDLE;
          const cell = cells[i][j];
          cell.style.background = `rgb(${r} ${g} ${b})`;
          cell.style.color = dark ? "#ffffff" : "#000000";
          cell.classList.toggle(
            "marked",
            marks.some((mark) => mark.row === i && mark.column === j),
          );
          setText(cell, show(value));
        }),
      );
    },
  };
}
