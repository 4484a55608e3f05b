/* Changes the view on keys and clicks. */

import { setText } from "./dom.js";
import { patchAt } from "./geometry.js";
import { QUANTITIES } from "./quantities.js";
import { activeQuery, choose } from "./query.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Steering {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {HTMLElement} live element whose text screen readers say
   */
  constructor(viewer, live) {
    this.viewer = viewer;
    this.live = live;
  }

  /** Go to a frame and stay there. */
  seek(frame, settled) {
    this.viewer.player.stop();
    this.viewer.set({ frame }, settled);
  }

  step(by) {
    const last = this.viewer.manifest.frames.index.length - 1;
    this.seek(Math.min(last, Math.max(0, this.viewer.view.frame + by)), true);
  }

  /** Play or pause. */
  toggle() {
    const { player, view } = this.viewer;
    if (!player.playing) player.start(view.frame);
    else this.seek(view.frame, true);
  }

  /** Handle a key pressed anywhere in the viewer. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Escape closes an open definition first.
    if (event.key === "Escape" && this.viewer.element.querySelector(":popover-open")) return;
    const target = event.composedPath()[0];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const inField = target.matches("input, select");
    const spare =
      target === this.viewer.transport.slider || !target.matches("input, select, button, summary");
    if (step && !inField) this.step(step);
    else if (event.key === " " && spare) this.toggle();
    else if (event.key === "Escape" && this.viewer.view.query) this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Make the patch at a point of the picture the query. */
  pickAt({ x, y }, pin) {
    this.#pick(patchAt(this.#grid, x, y, 1), pin);
  }

  /** Handle a key pressed on a picture: arrows move the query. */
  move(event) {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns } = this.#grid;
    const from = activeQuery(this.viewer.view);
    const row = from ? Math.min(rows - 1, Math.max(0, from.row + step[0])) : rows >> 1;
    const column = from ? Math.min(columns - 1, Math.max(0, from.column + step[1])) : columns >> 1;
    this.#pick({ row, column }, event.shiftKey && Boolean(from));
    event.preventDefault();
    event.stopPropagation();
  }

  /** Remove all queries. */
  clear() {
    const { show } = this.viewer.view;
    this.viewer.set({ query: "", active: 0, show: show === "row" ? "attention" : show }, true);
    setText(this.live, "No query");
  }

  get #grid() {
    return this.viewer.manifest.models[0].grid;
  }

  #pick(patch, pin) {
    if (!patch) return;
    const { view } = this.viewer;
    const show = QUANTITIES[view.show].from === "stored" ? "row" : view.show;
    this.viewer.set({ ...choose(view, patch, pin), show, at: view.frame }, true);
    setText(this.live, `Query patch row ${patch.row}, column ${patch.column}`);
  }
}
