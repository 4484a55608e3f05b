/* The output of the real layer in both orders, and how far they are apart. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { PatchPicture } from "../parts/picture.js";
import { difference, headRows, mapped } from "./linear_math.js";
import { layOut, outputOf, sumsFirst, weightsFirst } from "./linear_orders.js";
import { queryPlace } from "./query_place.js";

const [WIDTH, HEIGHT] = [480, 74];

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function bothOrders({ source, label, number }) {
  const model = source.model("linear");
  const last = model.layers - 1;
  const [features, image, start] = await Promise.all([
    source.features("linear", "spatial", last),
    source.image(source.frame),
    queryPlace(source, "linear"),
  ]);
  const { head_dim: width, heads, columns, windows } = features.description;
  const position = source.frame - windows[source.window];
  const outputs = Array.from({ length: heads }, (_, head) => {
    const [query, key] = ["query", "key"].map((which) =>
      mapped(headRows(features, /** @type {any} */ (which), position, head), width, "phi"),
    );
    const laid = layOut(query, key, headRows(features, "value", position, head), width);
    return { weights: outputOf(laid, weightsFirst), sums: outputOf(laid, sumsFirst) };
  });
  const apart = outputs.map(({ weights, sums }) => difference(weights, sums));
  const most = Math.max(...apart.map((one) => one.most));
  const size = Math.max(...apart.map((one) => one.size));
  let patch = start;
  let revealed = false;

  const picture = new PatchPicture({
    grid: model.grid,
    display: source.manifest.display,
    label: label("pick"),
    onPick(next) {
      patch = next;
      draw();
    },
  });
  const strip = (name) => {
    const svg = el("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    const row = el("div", { class: `strip ${name}` }, el("span", {}, label(name)), svg);
    return { svg, row };
  };
  const strips = { weights: strip("weights"), sums: strip("sums"), apart: strip("apart") };
  const result = el("p", { class: "result" });
  const note = el("p", { class: "note" });
  const element = el(
    "div",
    { class: "figure-body" },
    picture.element,
    el("div", { class: "strips" }, ...Object.values(strips).map(({ row }) => row), result, note),
  );

  /** Bars of all heads' channels; `full` is the value of a whole half of the height. */
  function bars(svg, values, full) {
    const step = WIDTH / values.length;
    const middle = HEIGHT / 2;
    let d = "";
    values.forEach((value, c) => {
      const h = Math.min(1, Math.max(-1, value / full)) * (middle - 3);
      d += `M${(c * step + 0.15 * step).toFixed(1)} ${middle}v${(-h).toFixed(2)}h${(0.7 * step).toFixed(1)}V${middle}Z`;
    });
    const rules = Array.from({ length: heads - 1 }, (_, h) =>
      el("svg:line", {
        class: "head-rule",
        x1: (h + 1) * width * step,
        x2: (h + 1) * width * step,
        y1: 0,
        y2: HEIGHT,
      }),
    );
    svg.replaceChildren(
      el("svg:line", { class: "base", x1: 0, x2: WIDTH, y1: middle, y2: middle }),
      ...rules,
      el("svg:path", { d }),
    );
  }

  function draw() {
    const place = patch.row * columns + patch.column;
    const of = (order) =>
      outputs.flatMap((head) =>
        Array.from(head[order].subarray(place * width, (place + 1) * width)),
      );
    const [weights, sums] = [of("weights"), of("sums")];
    bars(strips.weights.svg, weights, size);
    bars(strips.sums.svg, sums, size);
    bars(
      strips.apart.svg,
      weights.map((value, c) => value - sums[c]),
      size,
    );
    strips.sums.row.hidden = !revealed;
    strips.apart.row.hidden = !revealed;
    picture.draw({ image, gray: false, marks: [{ ...patch, color: "#ffffff", weight: 2 }] });
    setText(note, label("scale", { size: number(size) }));
    setText(result, revealed ? label("result", values()) : "");
    element.classList.toggle("revealed", revealed);
  }

  const values = () => ({ most: number(most), size: number(size), share: number(most / size) });

  const api = {
    element,
    text: () =>
      `${label("shown", { row: patch.row, column: patch.column })} ${revealed ? label("result", values()) : ""}`.trim(),
    reveal() {
      revealed = true;
      draw();
    },
    close: () => picture.close(),
  };
  draw();
  return api;
}
