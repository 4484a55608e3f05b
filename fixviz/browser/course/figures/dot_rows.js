/* Rows with dots on a common scale, which several figures of the lesson "Did it help?" draw. */

import { el } from "../../player/dom.js";
import { ticks } from "../parts/plot.js";

/**
 * A dot at a value. `kind` is a class of styles/evidence.css: "small" or "hollow".
 *
 * @typedef {{ at: number, color: string, kind?: string, text?: string }} Dot
 *
 * @typedef {object} DotRow
 * @property {string} name
 * @property {HTMLElement} [control] in place of the name
 * @property {string} [value]
 * @property {Dot[]} dots
 * @property {[number, number] | null} [range] a line behind the dots
 * @property {string} [color] of the line
 * @property {boolean} [faded]
 */

/**
 * @param {object} options
 * @param {string} options.label text alternative
 * @param {number} options.min value at the left end
 * @param {number} options.max
 * @param {(value: number) => string} options.show a value of the axis as a text
 * @param {boolean} [options.image] false where the rows have controls of their own
 */
export function dotRows({ label, min, max, show, image = true }) {
  let [low, high] = [min, max];
  const element = el("div", {
    class: "dot-rows",
    role: image ? "img" : "group",
    "aria-label": label,
  });
  const place = (value) => `${((100 * (value - low)) / (high - low)).toFixed(2)}%`;
  return {
    element,
    /** Change the text alternative. */
    set label(text) {
      element.setAttribute("aria-label", text);
    },
    /** Change the ends of the scale. */
    rescale(nextLow, nextHigh) {
      [low, high] = [nextLow, nextHigh];
    },
    /** @param {DotRow[]} rows */
    draw(rows) {
      const marks = ticks(low, high, false);
      const rules = () =>
        marks.map((value) =>
          el("span", {
            class: value === 0 && low < 0 ? "dot-rule zero" : "dot-rule",
            style: `left: ${place(value)}`,
          }),
        );
      element.replaceChildren(
        ...rows.map((row) =>
          el(
            "div",
            { class: row.faded ? "dot-row faded" : "dot-row" },
            row.control ?? el("span", { class: "dot-name" }, row.name),
            el(
              "span",
              { class: "dot-track" },
              ...rules(),
              row.range
                ? el("span", {
                    class: "dot-range",
                    style: `left: ${place(row.range[0])}; right: calc(100% - ${place(row.range[1])}); background: ${row.color ?? "var(--field-edge)"}`,
                  })
                : null,
              ...row.dots.map(({ at, color, kind, text }) =>
                el(
                  "span",
                  { class: `dot ${kind ?? ""}`, style: `left: ${place(at)}; --dot: ${color}` },
                  text ? el("span", { class: "dot-text" }, text) : null,
                ),
              ),
            ),
            el("span", { class: "dot-value" }, row.value ?? ""),
          ),
        ),
        el(
          "div",
          { class: "dot-row dot-axis", "aria-hidden": image ? null : "true" },
          el("span", { class: "dot-name" }),
          el(
            "span",
            { class: "dot-track" },
            ...marks.map((value) => el("span", { style: `left: ${place(value)}` }, show(value))),
          ),
          el("span", { class: "dot-value" }),
        ),
      );
    },
  };
}

/** What the colors of dots stand for. */
export function legend(entries) {
  return el(
    "p",
    { class: "dot-legend" },
    ...entries.map(({ name, color, kind }) =>
      el(
        "span",
        {},
        el("span", { class: `dot ${kind ?? ""}`, style: `--dot: ${color}`, "aria-hidden": "true" }),
        name,
      ),
    ),
  );
}
