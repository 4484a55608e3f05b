/* What a figure gets: the clip, its numbers and words, the colors of the theme. */

/** @import { Colors, FigureContext, FigureDescription, Source } from "./types.d.ts" */

import { number, percent } from "../player/format.js";
import { fill } from "./words.js";

/**
 * The colors of the theme, as CSS colors.
 *
 * @param {HTMLElement} root
 * @returns {Colors}
 */
export function colorsOf(root) {
  const style = getComputedStyle(root);
  const variable = (name) => style.getPropertyValue(name).trim();
  const [softmax, linear, fixation] = variable("--st-chart-categorical-colors")
    .split(",")
    .map((color) => color.trim());
  return {
    ink: variable("--st-text-color"),
    muted: variable("--muted"),
    line: variable("--st-border-color"),
    background: variable("--st-background-color"),
    surface: variable("--st-secondary-background-color"),
    accent: variable("--st-primary-color"),
    good: variable("--good"),
    bad: variable("--bad"),
    models: { softmax, linear, fixation },
  };
}

/**
 * @param {FigureDescription} description
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {Source} options.source
 * @param {Record<string, number>} options.numbers
 * @param {() => Promise<any>} options.pack
 * @param {boolean} options.answered
 * @param {(symbol: string | null) => void} options.light
 * @param {() => void} options.changed
 * @returns {FigureContext}
 */
export function contextOf(description, { root, source, numbers, pack, answered, light, changed }) {
  const { labels } = description;
  return {
    source,
    numbers,
    pack,
    options: description.options,
    labels,
    label: (name, values = {}) => fill(labels[name] ?? name, values),
    number: (value, digits) =>
      digits === undefined ? number(value) : number(Number(value.toPrecision(digits))),
    percent,
    colors: colorsOf(root),
    reduced: matchMedia("(prefers-reduced-motion: reduce)").matches,
    answered,
    light,
    changed,
  };
}
