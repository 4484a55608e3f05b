/* Move the query over the frame and see its row of attention weights. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { row } from "../../player/attention/index.js";
import { gradient } from "../../player/colorbar.js";
import { el, setText } from "../../player/dom.js";
import { PatchPicture } from "../parts/picture.js";
import { patchOf } from "./query_place.js";
import { queryPatch, softmaxLayer } from "./softmax_query.js";

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function softmaxPlay(context) {
  const { source, label, labels, percent } = context;
  const [layer, first, image] = await Promise.all([
    softmaxLayer(source),
    queryPatch(source),
    source.image(source.frame),
  ]);
  const { grid } = source.model("softmax");
  const places = grid.rows * grid.columns;
  const rowOf = (query) => row(layer, { frame: source.frame, ...query }).weights;
  let high = 0;
  for (let place = 0; place < places; place++)
    high = Math.max(high, ...rowOf(patchOf(place, grid.columns)));
  let query = first;

  const move = (patch) => {
    if (!patch) return;
    query = { row: patch.row, column: patch.column };
    redraw();
  };
  const picture = new PatchPicture({
    grid,
    display: source.manifest.display,
    label: labels.frame,
    onHover: move,
    onPick: move,
    paint: true,
  });
  const [own, strongest, uniform] = [0, 1, 2].map(() => el("p", { class: "row-note" }));
  const element = el(
    "div",
    { class: "figure-row" },
    picture.element,
    el(
      "div",
      { class: "scale", "aria-hidden": "true" },
      el("span", {}, percent(0)),
      el("span", { class: "scale-colors", style: `background: ${gradient("viridis")}` }),
      el("span", {}, percent(high)),
    ),
    el("div", { class: "readouts", "aria-live": "polite" }, own, strongest, uniform),
    el("p", { class: "row-note" }, labels.caption),
  );
  picture.startAt(first);
  redraw();

  function redraw() {
    const weights = rowOf(query);
    picture.draw({
      image,
      map: weights,
      range: { low: 0, high, max: high },
      overlay: 0.62,
      marks: [{ ...query, color: "#ffffff", weight: 3 }],
    });
    const best = weights.indexOf(Math.max(...weights));
    setText(
      own,
      `${label("query", query)} · ${label("own", { share: percent(weights[query.row * grid.columns + query.column]) })}`,
    );
    setText(
      strongest,
      label("strongest", { ...patchOf(best, grid.columns), share: percent(weights[best]) }),
    );
    setText(uniform, label("uniform", { share: percent(1 / places) }));
  }

  return {
    element,
    text: () => [own, strongest, uniform].map((node) => node.textContent).join(" · "),
    close: () => picture.close(),
  };
}
