/* A picture of a frame under a map, with a title above and a color bar below. */

/** @import { Range } from "../../player/types.d.ts" */

import { gradient } from "../../player/colorbar.js";
import { el, setText } from "../../player/dom.js";
import { PatchPicture } from "../parts/picture.js";

/**
 * @param {object} options
 * @param {import("../types.d.ts").FigureContext} options.context
 * @param {string} options.title
 * @param {string} [options.note] under the color bar
 * @param {string} [options.colors] name of a color map
 * @param {object} [options.picture] further options of the picture
 */
export function attentionMap({ context, title, note = "", colors = "viridis", picture = {} }) {
  const { source } = context;
  const view = new PatchPicture({
    grid: source.model("fixation").grid,
    display: source.manifest.display,
    label: title,
    ...picture,
  });
  const heading = el("p", { class: "map-title" }, title);
  const [low, high] = [el("span"), el("span")];
  const bar = el(
    "div",
    { class: "map-scale" },
    low,
    el("span", { class: "map-bar", style: `background: ${gradient(colors)}` }),
    high,
  );
  const waiting = el("p", { class: "map-waiting", hidden: true });
  const element = el(
    "div",
    { class: "attention-map" },
    heading,
    el("div", { class: "map-stage" }, view.element, waiting),
    bar,
    note ? el("p", { class: "map-note" }, note) : null,
  );
  return {
    element,
    picture: view,
    /** Show the map [rows * columns] on its scale. */
    draw(image, map, range, more = {}) {
      waiting.hidden = true;
      bar.style.visibility = "visible";
      view.draw({ image, map, range, colors, overlay: 0.72, ...more });
      const words = (value) => context.number(value, 2).replace("-", "−");
      setText(low, words(range.low));
      setText(high, `${range.max > range.high * 1.02 ? "≥ " : ""}${words(range.high)}`);
    },
    /** Show the frame alone, and why there is no map yet. */
    wait(image, text) {
      view.draw({ image, map: null });
      bar.style.visibility = "hidden";
      waiting.hidden = false;
      setText(waiting, text);
    },
    title(text) {
      setText(heading, text);
      view.label = text;
    },
    close: () => view.close?.(),
  };
}

/** The range of maps that share a scale, from 0. */
export function rangeOf(...maps) {
  const high = Math.max(...maps.map((map) => Math.max(...map)));
  return { low: 0, high, max: high };
}
