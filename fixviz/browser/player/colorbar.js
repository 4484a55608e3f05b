/* Draws a color bar with numbers. */

/** @import { Range } from "./types.d.ts" */

import { COLOR_MAPS } from "./colormaps.js";
import { el } from "./dom.js";
import { number } from "./format.js";

/** The CSS gradient of a color map, left to right. */
export function gradient(name) {
  const map = COLOR_MAPS[name];
  const stops = Array.from({ length: 33 }, (_, i) => {
    const at = 3 * Math.min(255, i * 8);
    return `rgb(${map[at]} ${map[at + 1]} ${map[at + 2]})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/**
 * Ticks of a range: both ends, and the mark of the quantity where its label does not touch theirs.
 *
 * @param {Range} range
 * @param {{ at: number, label: string } | null} mark
 * @returns {{ at: number, label: string, title?: string | null }[]} `at` as a share of the bar's width
 */
export function ticks(range, mark) {
  const { low, high, max } = range;
  const span = high - low;
  const place = (value) => (span > 0 ? (value - low) / span : 0);
  const list = [{ at: 0, label: number(low) }];
  if (mark && place(mark.at) > 0.05 && place(mark.at) < 0.8)
    list.push({ at: place(mark.at), label: mark.label });
  const beyond = max > high * 1.02 ? "≥ " : "";
  list.push({
    at: 1,
    label: beyond + number(high),
    title: beyond ? `The largest value is ${number(max)}.` : null,
  });
  return list;
}

/** Fill `node` with a color bar for the range, or empty it where the range is null. */
export function drawColorBar(node, { range, colors, quantity, compact = false }) {
  const signature = JSON.stringify([range, colors, quantity.title]);
  if (node.dataset.shown === signature) return;
  node.dataset.shown = signature;
  if (!range) {
    node.replaceChildren();
    return;
  }
  const marks = ticks(range, compact ? null : quantity.mark).map(({ at, label, title }) =>
    el(
      "span",
      {
        class: `tick ${at === 0 ? "first" : at === 1 ? "last" : at < 0.15 ? "near" : at > 0.7 ? "far" : ""}`,
        style: `left:${(100 * at).toFixed(2)}%`,
        title,
      },
      label,
    ),
  );
  const strip = el("div", { class: "strip" });
  strip.style.background = gradient(colors);
  const text = `Color scale from ${number(range.low)} to ${number(range.high)}${quantity.unit ? `, ${quantity.unit}` : ""}`;
  node.replaceChildren(
    el(
      "div",
      { class: "bar", role: "img", "aria-label": text },
      strip,
      el("div", { class: "ticks" }, ...marks),
    ),
  );
}
