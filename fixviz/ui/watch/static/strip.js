/* A query's attention over the frames of its window: one bar a frame, under the panel. */

import { el, setText } from "./dom.js";
import { percent } from "./format.js";

export class Strip {
  /** `onFrame(frame)`: a bar was clicked. */
  constructor(onFrame) {
    this.bars = el("div", { class: "strip-bars", role: "img" });
    this.words = el("span", { class: "strip-words" });
    this.element = el("div", { class: "window-strip", hidden: true }, this.bars, this.words);
    this.onFrame = onFrame;
    this.cells = [];
  }

  hide() {
    this.element.hidden = true;
  }

  /** `totals[t]` is the attention on frame `start + t`; `query` is the query's own frame or null. */
  show({ totals, start, frame, query, count }) {
    const length = Math.min(totals.length, count - start);
    this.element.hidden = false;
    if (this.cells.length !== length) {
      this.cells = Array.from({ length }, () =>
        el("span", { class: "strip-cell" }, el("span", { class: "strip-bar" })),
      );
      this.bars.replaceChildren(...this.cells);
    }
    let most = 0;
    for (let t = 0; t < length; t++) most = Math.max(most, totals[t]);
    this.cells.forEach((cell, t) => {
      cell.firstChild.style.height = `${(100 * totals[t]) / (most || 1)}%`;
      cell.classList.toggle("current", start + t === frame);
      cell.classList.toggle("query", start + t === query);
      cell.title = `Frame ${start + t}: ${percent(totals[t])}`;
      cell.onclick = () => this.onFrame(start + t);
    });
    const own = query === null ? "" : `, query in frame ${query}`;
    setText(this.words, `Over frames ${start} to ${start + length - 1}${own}`);
    const list = Array.from({ length }, (_, t) => `frame ${start + t} ${percent(totals[t])}`).join(
      ", ",
    );
    this.bars.setAttribute("aria-label", `Attention over time: ${list}`);
  }
}
