/* A place on a page where a run is shown: the viewer with its styles and colors, or why there is none. */

import { el, loadStyles } from "./dom.js";
import { fileUrl } from "./files.js";
import { Parts } from "./loader.js";
import { Viewer } from "./viewer.js";

export class ViewerPlace {
  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    const { link, ready } = loadStyles(fileUrl("player/styles.css"));
    this.styled = ready;
    this.body = el("div", { class: "body" });
    this.root = el("div", { class: "fixviz", style: "visibility: hidden" }, link, this.body);
    parent.append(this.root);
    ready.then(() => this.root.style.removeProperty("visibility"));
    /** @type {Viewer | null} */
    this.viewer = null;
  }

  /**
   * Show a run in place of the one before. Returns its viewer, or null where it cannot be shown any more.
   *
   * @param {string} run its URL
   * @param {() => any} options returns those of the viewer, see viewer.js
   * @param {Promise<Response> | null} asked response with the manifest, where it was requested before
   * @returns {Promise<Viewer | null>}
   */
  async open(run, options, asked = null) {
    const turn = (this.turn = {});
    this.viewer?.close();
    this.viewer = null;
    this.body.replaceChildren(el("div", { class: "waiting", role: "status" }, "Opening the run…"));
    const parts = new Parts(run, asked);
    try {
      const manifest = await parts.manifest();
      await this.styled;
      if (this.turn !== turn || this.closed) return null;
      this.viewer = new Viewer(manifest, parts, options());
      this.body.replaceChildren(this.viewer.element);
      this.takeColors();
      return this.viewer;
    } catch (error) {
      if (this.turn === turn) this.#showFailure(error, () => this.open(run, options));
      return null;
    }
  }

  close() {
    this.closed = true;
    this.viewer?.close();
    this.root.remove();
  }

  /** Give each model a line color, from the categorical colors of the page's theme. */
  takeColors() {
    if (!this.viewer) return;
    const colors = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors");
    colors
      .split(",")
      .filter((color) => color.trim())
      .forEach((color, i) => this.root.style.setProperty(`--line-${i}`, color.trim()));
    this.viewer.redraw({ curves: true });
  }

  #showFailure(error, onRetry) {
    const retry = el("button", { type: "button", class: "plain", onclick: onRetry }, "Retry");
    this.body.replaceChildren(
      el(
        "div",
        { class: "waiting failed", role: "alert" },
        el("strong", {}, "This run cannot be shown."),
        el("span", {}, error.message),
        retry,
      ),
    );
  }
}
