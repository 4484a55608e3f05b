/* The row of a real query under a feature map, or without one: sums of all queries, and shares of one. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { choices } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { allRows, breaks, headRows, mapped, mostBroken } from "./linear_math.js";
import { queryPlace } from "./query_place.js";
import { withMinus } from "./signed.js";

const [WIDTH, HEIGHT, LEFT] = [480, 150, 46];

/**
 * Options: `maps`, names of the feature maps to choose from; `heads`: free play, with a choice of the head, too.
 *
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function featureMap({ source, options, label, number: plain, percent, changed }) {
  const { maps = ["phi", "none"], heads: manyHeads = false } = options;
  const number = withMinus(plain);
  const model = source.model("linear");
  const [features, image, start] = await Promise.all([
    source.features("linear", "spatial", model.layers - 1),
    source.image(source.frame),
    queryPlace(source, "linear"),
  ]);
  const { head_dim: width, heads, rows, columns, windows } = features.description;
  const position = source.frame - windows[source.window];
  const known = new Map();

  /** All rows of a head under a feature map. */
  function rowsOf(head, map) {
    const key = `${head} ${map}`;
    if (!known.has(key)) {
      const [queries, keys] = ["query", "key"].map((which) =>
        mapped(headRows(features, /** @type {any} */ (which), position, head), width, map),
      );
      known.set(key, allRows(queries, keys, width));
    }
    return known.get(key);
  }

  const broken = Array.from(
    { length: heads },
    (_, head) => rowsOf(head, "none").filter(({ size }) => size > 1).length,
  );
  // The head in which most rows break is the one that shows why the map must be positive.
  let head = broken.indexOf(Math.max(...broken));
  let map = maps[0];
  let query = start.row * columns + start.column;
  let touched = false;

  const { display } = source.manifest;
  const sums = new PatchPicture({
    grid: model.grid,
    display,
    label: label("pick"),
    onPick({ row, column }) {
      query = row * columns + column;
      touched = true;
      draw();
      changed();
    },
  });
  const shares = new PatchPicture({ grid: model.grid, display, label: label("shares") });
  const switchMap = choices({
    label: label("map"),
    options: maps.map((name) => ({ value: name, text: label(name) })),
    value: map,
    onChange(next) {
      map = next;
      draw();
      changed();
    },
  });
  const switchHead = choices({
    label: label("head"),
    options: Array.from({ length: heads }, (_, h) => ({ value: h, text: String(h) })),
    value: head,
    onChange(next) {
      head = next;
      draw();
    },
  });
  const chart = el("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const said = el("p", { class: "said", "aria-live": "polite" });
  const scales = { sums: el("span", { class: "scale" }), shares: el("span", { class: "scale" }) };
  const panel = (name, picture) =>
    el(
      "figure",
      {},
      el("figcaption", {}, el("strong", {}, label(name)), " ", scales[name]),
      picture.element,
    );
  const element = el(
    "div",
    { class: "figure-body" },
    switchMap.element,
    manyHeads && heads > 1 ? switchHead.element : null,
    el("div", { class: "pair" }, panel("sums", sums), panel("shares", shares)),
    chart,
    said,
  );

  const symmetric = (values) => {
    const most = values.reduce((found, value) => Math.max(found, Math.abs(value) || 0), 0);
    return { low: -most, high: most, max: most, symmetric: true };
  };

  function drawChart({ shares: values }) {
    const high = Math.max(0.02, ...values.map((value) => value || 0));
    const low = Math.min(0, ...values.map((value) => value || 0));
    const y = (value) => 8 + ((high - value) / (high - low)) * (HEIGHT - 16);
    const step = (WIDTH - LEFT) / values.length;
    const bars = { above: "", below: "" };
    values.forEach((value, j) => {
      if (Number.isNaN(value)) return;
      const from = (LEFT + j * step).toFixed(1);
      const path = `M${from} ${y(0).toFixed(1)}V${y(value).toFixed(1)}h${(0.8 * step).toFixed(2)}V${y(0).toFixed(1)}Z`;
      bars[value < 0 ? "below" : "above"] += path;
    });
    const rule = (value, text, name) => [
      el("svg:line", { class: name, x1: LEFT - 4, x2: WIDTH, y1: y(value), y2: y(value) }),
      el("svg:text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, text),
    ];
    const ends = [high, low].filter((value) => Math.abs(y(value) - y(0)) > 14);
    chart.replaceChildren(
      el("svg:path", { class: "above", d: bars.above }),
      el("svg:path", { class: "below", d: bars.below }),
      ...rule(0, "0", "base"),
      ...ends.flatMap((value) => rule(value, number(value, 2), "end")),
      ...[1, -1]
        .filter((value) => value < high && value > low)
        .filter((value) => [0, ...ends].every((other) => Math.abs(y(value) - y(other)) > 13))
        .flatMap((value) => rule(value, String(value).replace("-", "−"), "whole")),
    );
  }

  function draw() {
    const all = rowsOf(head, map);
    const row = all[query];
    const mark = { row: Math.floor(query / columns), column: query % columns };
    const sumsMap = Float32Array.from(all, ({ sum }) => sum);
    const range = symmetric(sumsMap);
    sums.draw({
      image,
      map: sumsMap,
      range,
      colors: "difference",
      overlay: 0.85,
      marks: [{ ...mark, color: "#ffffff", weight: 2 }],
    });
    const shareRange = symmetric(row.shares);
    shares.draw({
      image,
      map: Float32Array.from(row.shares),
      range: shareRange,
      colors: "difference",
      overlay: 0.85,
      marks: [{ ...mark, color: "#ffffff", weight: 2 }],
    });
    const ends = ({ high }) => label("scale", { low: number(-high, 2), high: number(high, 2) });
    setText(scales.sums, ends(range));
    setText(scales.shares, ends(shareRange));
    drawChart(row);
    setText(said, api.text());
    sums.label = `${label("pick")} ${api.text()}`;
    shares.label = `${label("shares")}: ${api.text()}`;
  }

  const api = {
    element,
    text() {
      const { sum, shares: values } = rowsOf(head, map)[query];
      const place = label("place", {
        row: Math.floor(query / columns),
        column: query % columns,
        head,
      });
      if (sum === 0) return `${place} ${label("nothing")}`;
      return `${place} ${label("row", {
        sum: number(sum),
        low: number(Math.min(...values)),
        high: number(Math.max(...values)),
        negative: values.filter((value) => value < 0).length,
        zero: values.filter((value) => value === 0).length,
        keys: rows * columns,
        tenth: percent(
          [...values]
            .sort((a, b) => b - a)
            .slice(0, Math.ceil(0.1 * values.length))
            .reduce((a, b) => a + b, 0),
        ),
      })}`;
    },
    answer: () => (touched ? { map, query, head } : null),
    show(answer) {
      ({ map, query, head } = answer);
      touched = true;
      switchMap.set(map);
      switchHead.set(head);
      draw();
    },
    check: (answer) =>
      answer.map === "phi" ? "on" : breaks(rowsOf(answer.head, answer.map), answer.query),
    reveal() {
      // Readers who ask for the answer see the row that breaks most; who found one keeps it. Free play has none.
      if (manyHeads) return;
      if (map !== "phi" && breaks(rowsOf(head, map), query) === "right") return;
      map = maps.includes("none") ? "none" : map;
      query = mostBroken(rowsOf(head, map));
      switchMap.set(map);
      draw();
    },
    close() {
      sums.close();
      shares.close();
    },
  };
  draw();
  return api;
}
