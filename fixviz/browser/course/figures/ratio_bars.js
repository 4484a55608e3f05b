/* The features of one key, channel by channel, before and after its fixation ratios. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el } from "../../player/dom.js";
import { fixationInputs, ratioMaps } from "../../player/attention/index.js";
import { beforeFrame } from "../parts/animate.js";
import { attentionMap } from "./attention_map.js";
import { largest, oneRatio, plainHead } from "./fixation_math.js";

const WIDTH = 480;
const HEIGHT = 190;
const BASE = HEIGHT - 26;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function ratioBars(context) {
  const { source, label, number } = context;
  const { frame } = source;
  const { layers } = source.model("fixation");
  const [layer, image] = await Promise.all([
    source.layer("fixation", "spatial", layers - 1),
    source.image(frame),
  ]);
  const { columns, width } = layer;
  const head = plainHead(layer.folds);
  const ratios = ratioMaps(layer, { frame, head }).key;
  let lit = null;
  let at = patchOf(largest(ratios));
  let found = keyOf(at);

  const map = attentionMap({
    context,
    title: label("bar"),
    picture: {
      onHover: (patch) => patch && look(patch),
      onPick: (patch) => look(patch),
    },
  });
  const bars = Array.from({ length: width }, () => ({
    before: el("svg:rect", { class: "before" }),
    after: el("svg:rect", { class: "after" }),
  }));
  const svg = el(
    "svg:svg",
    { class: "plot ratio-bars", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    ...bars.flatMap(({ before, after }) => [before, after]),
    el("svg:line", { class: "base", x1: 0, x2: WIDTH, y1: BASE, y2: BASE }),
    el("svg:text", { x: WIDTH, y: HEIGHT - 6, "text-anchor": "end" }, label("axis")),
  );
  const heading = el("p", { class: "map-title" }, label("title", { head }));
  const legend = el(
    "p",
    { class: "ratio-legend" },
    el("span", { class: "swatch before" }),
    label("before"),
    el("span", { class: "swatch after" }),
    label("after"),
  );
  const most = Math.max(
    ...Array.from({ length: layer.places }, (_, i) => Math.max(...keyOf(patchOf(i)).features)),
  );
  const redraw = beforeFrame(draw);
  draw();

  function patchOf(index) {
    return { row: Math.floor(index / columns), column: index % columns };
  }

  function keyOf(patch) {
    const { query, key, value } = fixationInputs(layer, { frame, head, ...patch });
    const parts = value ? [query, key, value] : [key];
    const kept = Array.from(key, (_, c) => oneRatio(parts, layer.fixation.key, c).ratio);
    return { features: key, ratios: kept };
  }

  function look(patch) {
    if (patch.row === at.row && patch.column === at.column) return;
    at = patch;
    found = keyOf(patch);
    redraw();
    context.changed();
  }

  function draw() {
    map.draw(
      image,
      ratios,
      { low: 0, high: Math.max(...ratios), max: Math.max(...ratios) },
      {
        marks: [{ ...at, color: "#ffffff", weight: 3 }],
      },
    );
    const pitch = WIDTH / width;
    bars.forEach(({ before, after }, c) => {
      const heights = [found.features[c], found.features[c] * found.ratios[c]];
      [before, after].forEach((bar, i) => {
        const height = (heights[i] / most) * (BASE - 8);
        bar.setAttribute("x", String(c * pitch + 0.15 * pitch));
        bar.setAttribute("width", String(0.7 * pitch));
        bar.setAttribute("y", String(BASE - height));
        bar.setAttribute("height", String(height));
      });
    });
    svg.classList.toggle("lit-k", lit === "k");
    svg.classList.toggle("lit-r", lit === "r");
  }

  const ends = (values) => ({ low: Math.min(...values), high: Math.max(...values) });
  return {
    element: el("div", { class: "two-parts" }, map.element, el("div", {}, heading, legend, svg)),
    text() {
      const [features, kept] = [ends(found.features), ends(found.ratios)];
      const mean = found.ratios.reduce((sum, ratio) => sum + ratio, 0) / width;
      return label("text", {
        ...at,
        head,
        least: number(features.low),
        most: number(features.high),
        low: number(kept.low),
        high: number(kept.high),
        mean: number(mean),
      });
    },
    symbols() {
      const kept = ends(found.ratios);
      const shape = label("shape", { count: width });
      return {
        k: {
          value: label("symbol-k", { value: number(ends(found.features).high) }),
          shape,
          where: label("where-k"),
        },
        r: {
          value: label("symbol-r", { low: number(kept.low), high: number(kept.high) }),
          shape,
          where: label("where-r"),
        },
      };
    },
    light(symbol) {
      lit = symbol;
      redraw();
    },
    close: () => map.close(),
  };
}
