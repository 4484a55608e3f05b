/* The channels of a key in each attention, in groups by the neighbor from which they come. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";

/** What stands for another frame. */
const FRAMES = { 1: "t+1", "-1": "t−1" };
const CELL = 5;
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
          el("span", { class: "fold-arrow", "aria-hidden": "true" }, placeOf(fold)),
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
    const legend = labels.map((name, i) => {
      const fold = layer.folds.flat().find((one) => one.label === name);
      const style = `--hue: ${HUES[i % HUES.length]}`;
      return el(
        "span",
        { class: "fold-name" },
        el("span", { class: "fold key", style }, placeOf(fold)),
        label(name),
      );
    });
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

/** A small grid with the token in the middle and the neighbor filled, or the name of another frame. */
function placeOf({ dt, dy, dx }) {
  if (dt) return el("span", {}, FRAMES[dt] ?? "");
  const cells = [-1, 0, 1].flatMap((y) =>
    [-1, 0, 1].map((x) =>
      el("svg:rect", {
        x: (x + 1) * CELL + 1,
        y: (y + 1) * CELL + 1,
        width: CELL,
        height: CELL,
        stroke: "currentcolor",
        fill: y === dy && x === dx ? "currentcolor" : "none",
      }),
    ),
  );
  const side = 3 * CELL + 2;
  return el(
    "svg:svg",
    { viewBox: `0 0 ${side} ${side}`, width: side, height: side, "aria-hidden": "true" },
    ...cells,
  );
}
