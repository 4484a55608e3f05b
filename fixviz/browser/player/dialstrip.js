/* The fixation dial and the switches of the neighbors, for the attention in view. */

/** @import { Manifest, Model, View } from "./types.d.ts" */

import { Definition } from "./definition.js";
import { el, setText } from "./dom.js";
import { MOST_ALPHA, runDirections } from "./view.js";

const ARROWS = {
  "0,-1": "←",
  "0,1": "→",
  "-1,0": "↑",
  "1,0": "↓",
  "-1,-1": "↖",
  "-1,1": "↗",
  "1,-1": "↙",
  "1,1": "↘",
};

/** The place of a direction in the compass, `[row, column]` counted from 1. */
function placeOf({ dt, dy, dx }) {
  return dt ? [1, dt < 0 ? 1 : 3] : [dy + 2, dx + 2];
}

export class DialStrip {
  /** `onView(changes, settled)`. */
  constructor(onView) {
    this.onView = onView;
    this.value = el("output", { class: "dial-value" });
    this.slider = el("input", {
      type: "range",
      min: "0",
      max: String(MOST_ALPHA),
      step: "0.05",
      "aria-label": "Fixation dial",
    });
    this.slider.oninput = () => onView({ alpha: Number(this.slider.value) }, false);
    this.slider.onchange = () => onView({ alpha: Number(this.slider.value) }, true);
    this.slider.ondblclick = () => onView({ alpha: 1 }, true);
    this.dial = el(
      "div",
      { class: "dial" },
      el(
        "span",
        { class: "bar-title" },
        new Definition("Fixation dial α", [
          "Ratios to the power α: 0 = no fixation, 1 = as learned, above 1 exaggerates it. Double-click resets.",
        ]).element,
      ),
      el(
        "div",
        { class: "dial-track" },
        this.slider,
        el("span", { class: "dial-learned", "aria-hidden": "true" }, "as learned"),
      ),
      this.value,
    );
    this.compass = el("div", {
      class: "compass",
      role: "group",
      "aria-label": "Neighbors that the keys read",
    });
    this.neighbors = el(
      "div",
      { class: "dial" },
      el(
        "span",
        { class: "bar-title" },
        new Definition("Neighbors", [
          "Click to leave a neighbor out: the channels of key and value that read it read the token's own place instead.",
        ]).element,
      ),
      this.compass,
    );
    this.reset = el(
      "button",
      { type: "button", class: "plain small", onclick: () => onView({ alpha: 1, off: "" }, true) },
      "As learned",
    );
    this.hint = el("span", { class: "hint" });
    this.means = el("span", { class: "hint strong" });
    this.element = el(
      "div",
      {
        class: "dial-strip",
        role: "group",
        "aria-label": "Fixation dial and neighbors",
        hidden: true,
      },
      this.dial,
      this.neighbors,
      this.reset,
      this.means,
      this.hint,
    );
  }

  /**
   * Show a view.
   *
   * @param {Manifest} manifest
   * @param {View} view
   * @param {Model[]} models those that the dial changes in this view; without one the strip is hidden
   */
  sync(manifest, view, models) {
    const fixed = models.filter((model) => model.fixation !== "none");
    const directions = runDirections(manifest, view.axis);
    this.element.hidden = !models.length;
    if (this.element.hidden) return;
    this.dial.hidden = !fixed.length;
    this.neighbors.hidden =
      !directions.length || !models.some((model) => model.neighbors?.[view.axis]?.length);
    if (Number(this.slider.value) !== view.alpha) this.slider.value = String(view.alpha);
    setText(this.value, view.alpha.toFixed(2));
    this.slider.setAttribute(
      "aria-valuetext",
      view.alpha === 1 ? "1, as learned" : String(view.alpha),
    );
    this.#syncCompass(directions, view);
    this.reset.hidden = view.alpha === 1 && view.off === "";
    setText(
      this.hint,
      `This attention only (layer ${view.layer}, ${view.axis}); its input is held fixed.`,
    );
  }

  #syncCompass(directions, view) {
    const signature = JSON.stringify([directions.map(({ label }) => label), view.off]);
    if (signature === this.signature) return;
    this.signature = signature;
    const off = new Set(view.off ? view.off.split(".").map(Number) : []);
    const focused = [...this.compass.children].findIndex((node) => node.matches(":focus"));
    // Sorted by place, so that the Tab key goes from left to right.
    const places = directions
      .map((direction, i) => [placeOf(direction), direction, i])
      .sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]);
    const buttons = places.map(([[row, column], direction, i]) =>
      el(
        "button",
        {
          type: "button",
          class: direction.dt ? "arm wide" : "arm",
          style: `grid-area: ${row} / ${column}`,
          "aria-pressed": String(!off.has(i)),
          "aria-label": direction.dt
            ? `frame t ${direction.dt > 0 ? "+" : "−"} 1`
            : direction.label,
          title: `${direction.label}: ${off.has(i) ? "left out" : "read"}`,
          onclick: () => this.#toggle(off, i),
        },
        direction.dt
          ? direction.dt > 0
            ? "t + 1"
            : "t − 1"
          : ARROWS[`${direction.dy},${direction.dx}`],
      ),
    );
    this.compass.classList.toggle(
      "flat",
      directions.every(({ dt }) => dt !== 0),
    );
    this.compass.replaceChildren(...buttons);
    if (focused >= 0) buttons[focused]?.focus();
  }

  #toggle(off, i) {
    const next = new Set(off);
    if (!next.delete(i)) next.add(i);
    this.onView({ off: [...next].sort((a, b) => a - b).join(".") }, true);
  }
}
