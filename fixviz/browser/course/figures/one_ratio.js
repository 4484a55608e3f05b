/* One fixation ratio from its numbers; the reader computes the last stage. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { colorize, COLOR_MAPS } from "../../player/colormaps.js";
import { el } from "../../player/dom.js";
import { fixationInputs, received } from "../../player/attention/index.js";
import { PatchPicture } from "../parts/picture.js";
import {
  largest,
  oneRatio,
  plainHead,
  ratioOutcome,
  sigmoid,
  tellingChannel,
} from "./fixation_math.js";
import { placing } from "./placing.js";

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function oneRatioFigure(context) {
  const { source, label, number, colors } = context;
  const { frame } = source;
  const model = source.model("fixation");
  const [layer, image] = await Promise.all([
    source.layer("fixation", "spatial", model.layers - 1),
    source.image(frame),
  ]);
  const head = plainHead(layer.folds);
  const index = largest(received(layer, { frame }).map);
  const token = { row: Math.floor(index / layer.columns), column: index % layer.columns };
  const { query, key, value } = fixationInputs(layer, { frame, head, ...token });
  const parts = value ? [query, key, value] : [key];
  const names = value ? ["query", "key", "value"] : ["key"];
  const every = Array.from(key, (_, c) => oneRatio(parts, layer.fixation.key, c));
  const channel = tellingChannel(every.map(({ logit }) => logit));
  const { rows, sums, bias, logit, ratio } = every[channel];

  const picture = new PatchPicture({
    grid: model.grid,
    display: source.manifest.display,
    label: label("token", { head, channel }),
  });
  picture.draw({ image, gray: false, marks: [{ ...token, color: "#ffffff", weight: 3 }] });
  const strips = names.flatMap((name, i) => [
    el("span", { class: "strip-name" }, label(name)),
    strip(parts[i], "g", context),
    el("span", {}),
    el("span", { class: "strip-name weak" }, label("weights")),
    strip(rows[i], "w", context),
    el("span", { class: "strip-sum" }, signed(sums[i])),
  ]);
  const table = el(
    "div",
    { class: "strips" },
    el("span", {}),
    el("span", {}),
    el("span", { class: "strip-sum weak" }, label("sum")),
    ...strips,
    el("span", { class: "strip-name" }, label("bias")),
    el("span", {}),
    el("span", { class: "strip-sum part-b" }, signed(bias)),
    el("span", { class: "strip-name total" }, label("logit")),
    el("span", { class: "total" }, label("exponential", { value: number(Math.exp(-logit)) })),
    el("span", { class: "strip-sum total part-z" }, signed(logit)),
  );
  const reach = Math.max(4, Math.ceil(Math.abs(logit)) + 1);
  const plot = placing({
    x: {
      title: label("x"),
      min: -reach,
      max: reach,
      ticks: [-reach, -reach / 2, 0, reach / 2, reach].map((at) => ({
        at,
        text: number(at).replace("-", "−"),
      })),
    },
    y: label("y"),
    handles: [{ name: "ratio", x: logit, label: label("handle") }],
    show: (at) => (at === null ? label("unplaced") : label("placed", { value: at.toFixed(2) })),
    onInput: context.changed,
    height: 220,
  });
  let known = false;

  function signed(one) {
    return `${one < 0 ? "−" : "+"}${Math.abs(one).toFixed(2)}`;
  }

  return {
    element: el(
      "div",
      { class: "one-ratio" },
      el(
        "div",
        { class: "one-ratio-token" },
        picture.element,
        el("p", {}, label("token", { head, channel })),
      ),
      table,
      plot.element,
    ),
    text() {
      const [q, k, v] = value ? sums : [0, sums[0], 0];
      const parted = { query: signed(q), key: signed(k), value: signed(v), bias: signed(bias) };
      const before = label("text", { ...parted, logit: signed(logit) });
      return known ? `${before} ${label("text-truth", { ratio: ratio.toFixed(2) })}` : before;
    },
    answer: () => plot.answer()?.ratio ?? null,
    show: (answer) => plot.show({ ratio: answer }),
    overlay: (answers) => plot.overlay(answers.map((one) => ({ ratio: one }))),
    check: (answer) => ratioOutcome(answer, logit),
    reveal() {
      known = true;
      const curve = Array.from({ length: 81 }, (_, i) => {
        const z = -reach + (i / 40) * reach;
        return [z, sigmoid(z)];
      });
      plot.draw({
        lines: [{ points: curve, color: colors.models.fixation }],
        fixed: [
          {
            x: logit,
            y: ratio,
            color: colors.models.fixation,
            name: label("truth", { value: ratio.toFixed(2) }),
            beside: true,
          },
        ],
      });
    },
    symbols() {
      const all = parts.map((part) => Array.from(part)).flat();
      const weights = rows.map((row) => Array.from(row)).flat();
      const range = (list) =>
        label("range", { low: number(Math.min(...list)), high: number(Math.max(...list)) });
      const found = {
        g: {
          value: range(all),
          shape: label("shape-g", { count: all.length }),
          where: label("where"),
        },
        w: {
          value: range(weights),
          shape: label("shape-w", { count: all.length }),
          where: label("where"),
        },
        b: { value: signed(bias) },
        z: { value: signed(logit) },
      };
      // Not before the reader has computed it.
      return known ? { ...found, r: { value: ratio.toFixed(2) } } : { ...found, r: { value: "?" } };
    },
    light(symbol) {
      for (const node of table.querySelectorAll("[class*='part-']"))
        node.classList.toggle("lit", node.classList.contains(`part-${symbol}`));
    },
    close() {
      plot.close();
      picture.close();
    },
  };
}

/** A row of colored cells, blue below 0 and orange above. */
function strip(values, symbol, { light }) {
  const most = Math.max(...Array.from(values, Math.abs));
  const rgb = colorize(values, -most, most, COLOR_MAPS.difference);
  return el(
    "span",
    {
      class: `strip part-${symbol}`,
      onpointerenter: () => light(symbol),
      onpointerleave: () => light(null),
    },
    ...Array.from(values, (_, c) =>
      el("span", {
        style: `background: rgb(${rgb[4 * c]} ${rgb[4 * c + 1]} ${rgb[4 * c + 2]})`,
      }),
    ),
  );
}

export { oneRatioFigure as oneRatio };
