/* The page's drawing of curves before anything is measured, kept across reruns of the page. */

import { fill } from "../../course/words.js";
import { el, loadStyles } from "../../player/dom.js";
import { mountOf } from "../../player/mounting.js";
import { curveDrawing } from "../curves.js";

/** How long nothing must be moved before the page hears of it. A page that runs again and again while a key is held
 * down takes the chart away from under the hand. */
const SETTLED_MS = 400;

class Prediction {
  constructor(parent) {
    const course = loadStyles(new URL("../../course/styles.css", import.meta.url).href);
    const own = loadStyles(new URL("../styles.css", import.meta.url).href);
    this.body = el("div", { class: "figure" });
    this.root = el(
      "div",
      { class: "fixviz-course fixviz-cost", style: "visibility: hidden" },
      course.link,
      own.link,
      this.body,
    );
    parent.append(this.root);
    Promise.all([course.ready, own.ready]).then(() => this.root.style.removeProperty("visibility"));
  }

  /** data: `kinds` with id and title, `words`, `placed` (what was drawn before), `measured` (points by kind, or null). */
  update({ data, setStateValue }) {
    this.send = (placed) => setStateValue("placed", placed);
    const style = getComputedStyle(this.root);
    const colors = style.getPropertyValue("--st-chart-categorical-colors").split(",");
    const key = JSON.stringify([data.kinds, data.words, colors]);
    if (key !== this.key) {
      const placed = this.drawing?.placed() ?? data.placed ?? {};
      this.key = key;
      this.drawing = curveDrawing({
        kinds: data.kinds.map((kind, i) => ({ ...kind, color: colors[i]?.trim() })),
        say: (name, values) => fill(data.words[name], values),
        onChange: () => {},
        onSettled: () => this.settle(),
      });
      this.drawing.setPlaced(placed);
      this.body.replaceChildren(this.drawing.element);
    }
    this.drawing.setMeasured(data.measured ?? {});
  }

  settle() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(this.drawing.placed()), SETTLED_MS);
  }

  close() {
    clearTimeout(this.waiting);
    this.root.remove();
  }
}

export const mount = mountOf(Prediction);
