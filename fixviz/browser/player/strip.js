/* A query's attention over the frames of its window: one bar for each frame, under the panel. */

import { el, setText } from "./dom.js";
import { percent } from "./format.js";

export class Strip {
  /** @param {(frame: number) => void} onFrame a bar was clicked */
  constructor(onFrame) {
    this.bars = el("div", { class: "strip-bars", role: "img" });
    this.range = el("span", { class: "strip-range" });
    this.element = el("div", { class: "window-strip", hidden: true }, this.bars, this.range);
    this.onFrame = onFrame;
    this.cells = [];
  }

  hide() {
    this.element.hidden = true;
  }

  /**
   * @param {object} strip
   * @param {ArrayLike<number>} strip.totals attention on frame `start + t`, for each t
   * @param {number} strip.start
   * @param {number} strip.frame the frame in view
   * @param {number | null} strip.query the query's frame
   * @param {number} strip.count number of frames of the clip
   */
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
    setText(this.range, `Over frames ${start} to ${start + length - 1}${own}`);
    const list = Array.from({ length }, (_, t) => `frame ${start + t} ${percent(totals[t])}`).join(
      ", ",
    );
    this.bars.setAttribute("aria-label", `Attention over time: ${list}`);
  }
}
