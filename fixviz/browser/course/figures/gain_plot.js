/* How many points models gain over vanilla linear attention, each with its interval. */

import { el } from "../../player/dom.js";
import { dotRows } from "./dot_rows.js";

/** @param {import("../types.d.ts").FigureContext} context
 *  @returns {Promise<import("../types.d.ts").CourseFigure>} */
export async function gainPlot(context) {
  const { options, label, colors } = context;
  const { models } = await context.pack();
  const gains = new Map(models.map(({ name, gain }) => [name, gain]));
  const hidden = new Set(context.answered ? [] : (options.hidden ?? []));
  const points = (share) => signed(100 * share);
  const ends = options.models.flatMap((name) => gains.get(name)).map((share) => 100 * share);
  const low = Math.min(-2, ...ends.map(Math.floor));
  const high = Math.max(...ends.map(Math.ceil));
  const rows = dotRows({ label: label("title"), min: low, max: high, show: signed });

  function draw() {
    rows.draw(
      options.models.map((name) => {
        if (hidden.has(name)) return { name: label(name), value: "?", dots: [], range: null };
        const [value, from, to] = gains.get(name);
        const color = colors.models[name] ?? colors.ink;
        return {
          name: label(name),
          value: points(value),
          dots: [{ at: 100 * value, color }],
          range: [100 * from, 100 * to],
          color,
        };
      }),
    );
    rows.label = text();
  }

  function text() {
    const sentences = options.models.map((name) => {
      if (hidden.has(name)) return label("unknown", { name: label(name) });
      const [value, from, to] = gains.get(name).map(points);
      return label("row", { name: label(name), value, low: from, high: to });
    });
    return `${label("title")}. ${sentences.join(" ")}`;
  }

  draw();
  return {
    element: el("div", {}, el("p", { class: "figure-title" }, label("title")), rows.element),
    text,
    reveal() {
      hidden.clear();
      draw();
    },
  };
}

/** Percentage points with one decimal where needed, and their sign. */
function signed(value) {
  const rounded = Math.round(10 * value) / 10;
  if (!rounded) return "0";
  return `${rounded > 0 ? "+" : "−"}${Math.abs(rounded)}`;
}
