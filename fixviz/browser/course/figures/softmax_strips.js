/* Query and keys, channel by channel. */

/** @import { FigureContext } from "../types.d.ts" */

import { COLOR_MAPS, colorize } from "../../player/colormaps.js";
import { el } from "../../player/dom.js";

/**
 * The numbers of a query and some keys as strips of color on one scale.
 *
 * @param {FigureContext} context
 * @param {{ q: Float32Array, keys: Float32Array[], names: Node[] }} vectors names: those of the keys
 */
export function vectorStrips({ labels, number }, { q, keys, names }) {
  const largest = Math.max(...[q, ...keys].flatMap((vector) => Array.from(vector, Math.abs)));
  const strip = (name, vector, kind) => {
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
  };
  const { difference } = COLOR_MAPS;
  const [low, high] = [difference.subarray(0, 3), difference.subarray(-3)];
  return el(
    "div",
    { class: "strips" },
    el("p", { class: "row-note" }, labels.vector),
    el(
      "div",
      { class: "strip-grid" },
      ...strip(labels.query, q, "query"),
      ...keys.flatMap((k, i) => strip(names[i], k, "key")),
    ),
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
