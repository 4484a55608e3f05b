/* The numbers of a head, channel by channel, as strips of color. */

/** @import { FigureContext } from "../types.d.ts" */

import { COLOR_MAPS, colorize } from "../../player/colormaps.js";
import { el } from "../../player/dom.js";

/**
 * The numbers of a query and some keys on one scale.
 *
 * @param {FigureContext} context
 * @param {{ q: Float32Array, keys: Float32Array[], names: Node[] }} vectors names: those of the keys
 */
export function vectorStrips({ labels, number }, { q, keys, names }) {
  const largest = largestOf([q, ...keys]);
  const grid = el(
    "div",
    { class: "strip-grid" },
    ...strip({ name: labels.query, vector: q, kind: "query" }, largest, number),
    ...keys.flatMap((k, i) => strip({ name: names[i], vector: k, kind: "key" }, largest, number)),
  );
  return strips(labels.vector, grid, labels);
}

/**
 * The values of some keys, and the output: their sum, each times the share of its key. Returns an element, and
 * `draw(shares)`, which shows the output for other shares.
 *
 * @param {FigureContext} context
 * @param {{ values: Float32Array[], names: Node[] }} vectors
 */
export function outputStrips({ labels, number }, { values, names }) {
  const largest = largestOf(values);
  const grid = el("div", { class: "strip-grid" });
  const fixed = values.flatMap((v, i) =>
    strip({ name: names[i], vector: v, kind: "value" }, largest, number),
  );
  return {
    element: strips(labels.values, grid, labels),
    draw(shares) {
      const vector = weightedSum(values, shares);
      const sum = { name: labels.output, vector, kind: "output" };
      grid.replaceChildren(...fixed, ...strip(sum, largest, number));
    },
  };
}

/**
 * The sum of vectors, each times its weight.
 *
 * @param {ArrayLike<number>[]} vectors of one length
 * @param {number[]} weights
 */
export function weightedSum(vectors, weights) {
  return Float32Array.from(vectors[0], (_, c) =>
    vectors.reduce((total, vector, i) => total + weights[i] * vector[c], 0),
  );
}

const largestOf = (vectors) =>
  Math.max(...vectors.flatMap((vector) => Array.from(vector, Math.abs)));

function strip({ name, vector, kind }, largest, number) {
  const pixels = colorize(vector, -largest, largest, COLOR_MAPS.difference);
  return [
    el("span", { class: `strip-name of-${kind}` }, name),
    el(
      "span",
      { class: `strip of-${kind}`, "aria-hidden": "true" },
      ...Array.from(vector, (value, c) => {
        const [r, g, b] = pixels.subarray(4 * c, 4 * c + 3);
        return el("span", {
          style: `background: rgb(${r} ${g} ${b})`,
          title: number(value, 2),
        });
      }),
    ),
  ];
}

function strips(title, grid, labels) {
  const { difference } = COLOR_MAPS;
  const [low, high] = [difference.subarray(0, 3), difference.subarray(-3)];
  return el(
    "div",
    { class: "strips" },
    el("p", { class: "row-note" }, title),
    grid,
    el(
      "p",
      { class: "strip-legend row-note" },
      el("span", { class: "low", style: `background: rgb(${low.join(" ")})` }),
      labels.negative,
      el("span", { class: "high", style: `background: rgb(${high.join(" ")})` }),
      labels.positive,
    ),
  );
}
