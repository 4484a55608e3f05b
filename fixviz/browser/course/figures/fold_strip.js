/* The channels of a key in each attention, in groups by the neighbor from which they come. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";

/** Where the neighbor is. */
const ARROWS = {
  below: "↓",
  above: "↑",
  right: "→",
  left: "←",
  "above left": "↖",
  "below right": "↘",
  "above right": "↗",
  "below left": "↙",
  "next frame": "t+1",
  "previous frame": "t−1",
};
/** Hues that differ for color-blind readers; each group has its name below it, too. */
const HUES = [255, 55, 200, 95, 300, 20, 170, 75];

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function foldStrip(context) {
  const { source, label } = context;
  const { layers } = source.model("fixation");
  const axes = await Promise.all(
    ["temporal", "spatial"].map(async (axis) => ({
      axis,
      layer: await source.layer("fixation", axis, layers - 1),
    })),
  );
  const parts = axes.map(({ axis, layer }) => strip(axis, layer));

  function strip(axis, layer) {
    const labels = [...new Set(layer.folds.flat().map((fold) => fold.label))];
    const heads = layer.folds.map((folds, head) => {
      const heard = folds.reduce((sum, { start, stop }) => sum + stop - start, 0);
      const groups = folds.map((fold) =>
        el(
          "span",
          {
            class: "fold",
            style: `flex: ${fold.stop - fold.start}; --hue: ${HUES[labels.indexOf(fold.label) % HUES.length]}`,
          },
          el("span", { class: "fold-arrow", "aria-hidden": "true" }, ARROWS[fold.label] ?? ""),
        ),
      );
      const own = layer.width - heard;
      return el(
        "span",
        { class: "strip-head" },
        el(
          "span",
          { class: "fold-row" },
          ...groups,
          own > 0 ? el("span", { class: "fold own", style: `flex: ${own}` }, label("own")) : null,
        ),
        el("span", { class: "fold-head" }, label("head", { head })),
      );
    });
    const legend = labels.map((name, i) =>
      el(
        "span",
        { class: "fold-name" },
        el("span", { class: "fold key", style: `--hue: ${HUES[i % HUES.length]}` }, ARROWS[name]),
        label(name),
      ),
    );
    return el(
      "div",
      { class: "fold-strip" },
      el("p", { class: "map-title" }, label(axis)),
      el("div", { class: "fold-heads" }, ...heads),
      el("div", { class: "fold-names" }, el("span", {}, label("from")), ...legend),
    );
  }

  return {
    element: el("div", { class: "fold-strips" }, ...parts),
    text: () =>
      axes
        .map(({ axis, layer }) => {
          const names = [...new Set(layer.folds.flat().map((fold) => fold.label))];
          const list = names.map((name) =>
            label("part", {
              direction: label(name),
              heads: layer.folds
                .flatMap((folds, head) => (folds.some((one) => one.label === name) ? [head] : []))
                .join(", "),
            }),
          );
          return label("text", { axis: label(axis), list: list.join("; ") });
        })
        .join(" "),
  };
}
