/* Paint the patches at which a query will look, then compare with the model. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { row } from "../../player/attention/index.js";
import { el, setText } from "../../player/dom.js";
import { countPlaces } from "../parts/answers.js";
import { button } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { barPlot } from "../parts/plot.js";
import { overlap, paintOutcome } from "./softmax_math.js";
import { patchOf } from "./query_place.js";
import { queryPatch, softmaxLayer } from "./softmax_query.js";

const QUERY = "#ffffff";
const MINE = "#ff9f1c";

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function softmaxPaint(context) {
  const { source, label, labels, numbers, percent } = context;
  const [layer, query, image] = await Promise.all([
    softmaxLayer(source),
    queryPatch(source),
    source.image(source.frame),
  ]);
  const { grid } = source.model("softmax");
  const { weights } = row(layer, { frame: source.frame, ...query });
  const most = Math.max(...weights);
  const allowed = numbers["run.paint"];
  /** @type {Set<number>} */
  let painted = new Set();
  let erasing = false;
  let revealed = false;
  /** How many of a class painted each patch, or null. */
  let counts = null;

  const picture = new PatchPicture({
    grid,
    display: source.manifest.display,
    label: labels.frame,
    paint: true,
    onPick(patch, { paint }) {
      const index = patch.row * grid.columns + patch.column;
      if (paint === "end") return;
      if (paint !== "move") erasing = painted.has(index);
      if (erasing) painted.delete(index);
      else if (painted.size < allowed) painted.add(index);
      changed();
    },
  });
  const left = el("p", { class: "row-note", "aria-live": "polite" });
  const clear = button(labels.clear, () => {
    painted = new Set();
    changed();
  });
  const bars = barPlot({
    label: labels.bars,
    max: overlap(weights, Array(allowed).keys()).best,
    show: percent,
  });
  const found = el(
    "div",
    { class: "found" },
    el("h3", {}, labels.bars),
    bars.element,
    el("p", { class: "row-note" }, labels.caption),
  );
  const element = el(
    "div",
    { class: "figure-row" },
    picture.element,
    el("div", { class: "paint-line" }, left, clear),
    found,
  );
  redraw();

  function changed() {
    revealed = false;
    context.changed();
    redraw();
  }

  function redraw() {
    if (counts) {
      const high = Math.max(1, ...counts);
      picture.draw({
        image,
        lines: true,
        map: counts,
        range: { low: 0, high, max: high },
        overlay: 0.6,
        painted: null,
        marks: [{ ...query, color: QUERY, weight: 3 }],
      });
      setText(left, label("query", query));
      clear.hidden = found.hidden = true;
      return;
    }
    const mine = [...painted].map((index) => patchOf(index, grid.columns));
    picture.draw({
      image,
      lines: !revealed,
      map: revealed ? weights : null,
      range: { low: 0, high: most, max: most },
      overlay: 0.55,
      painted: revealed ? null : painted,
      marks: [
        ...(revealed ? mine.map((patch) => ({ ...patch, color: MINE })) : []),
        { ...query, color: QUERY, weight: 3 },
      ],
    });
    setText(left, revealed ? label("query", query) : status());
    clear.hidden = !painted.size;
    found.hidden = !revealed;
    if (!revealed) return;
    const shares = overlap(weights, painted);
    const count = painted.size;
    bars.draw([
      { name: labels.yours, value: shares.painted, color: MINE },
      { name: label("best", { count }), value: shares.best, color: context.colors.models.softmax },
      { name: label("chance", { count }), value: shares.chance, color: context.colors.muted },
    ]);
    bars.label = text();
  }

  function status() {
    const count = allowed - painted.size;
    return count > 0 ? label("left", { count }) : labels.full;
  }

  function text() {
    const shares = overlap(weights, painted);
    return label("text", {
      count: painted.size,
      share: percent(shares.painted),
      best: percent(shares.best),
    });
  }

  return {
    element,
    text: () =>
      revealed ? `${label("query", query)} · ${text()}` : `${label("query", query)} · ${status()}`,
    // Fewer patches would not answer the question, which says how many.
    answer: () => (painted.size === allowed ? [...painted].sort((a, b) => a - b) : null),
    show(answer) {
      painted = new Set(answer.filter((index) => index < weights.length));
      redraw();
    },
    overlay(answers) {
      counts = countPlaces(answers, weights.length, (index) => index);
      redraw();
    },
    check: (answer) => paintOutcome(overlap(weights, answer)),
    reveal() {
      revealed = true;
      redraw();
    },
    close: () => picture.close(),
  };
}
