/* The controls of the view. A choice among few options is a row of radio buttons, among many a list. */

/** @import { Manifest, View } from "./types.d.ts" */

import { attributionGroups } from "./attributions.js";
import { Definition } from "./definition.js";
import { el, setText } from "./dom.js";
import { QUANTITIES, isOfOneAttention, quantityOptions } from "./quantities.js";
import { hasTarget } from "./targets.js";
import { axesOf, runDirections } from "./view.js";
import { COLOR_CHOICES } from "./colormaps.js";

const MOST_BUTTONS = 7;
let groups = 0;

/**
 * One labeled choice. `sync(options, value)` shows the options, a list of `[value, label, hint]`, and
 * rebuilds them only when they changed; `onChoice` receives the chosen value.
 */
class Choice {
  constructor(label, hint, onChoice, { list = false } = {}) {
    this.list = list;
    this.onChoice = onChoice;
    this.label = label;
    this.hint = hint;
    this.definition = new Definition(label, [hint]);
    this.name = `fixviz-${label.toLowerCase().replace(/\W+/g, "-")}-${groups++}`;
    this.body = el("div", { class: "choice-body" });
    this.element = el(
      "div",
      { class: "choice", role: "group", "aria-label": label },
      el("span", { class: "choice-label" }, this.definition.element),
      this.body,
    );
  }

  sync(options, value) {
    this.element.hidden = options.length < 2;
    const signature = JSON.stringify(options);
    if (signature !== this.signature) {
      this.signature = signature;
      this.inputs = new Map();
      this.definition.set(this.label, [
        this.hint,
        ...options.map(([, name, hint]) => hint && `${name}: ${hint}`),
      ]);
      this.body.replaceChildren(
        this.list || options.length > MOST_BUTTONS ? this.#select(options) : this.#radios(options),
      );
    }
    if (this.select) this.select.value = String(options.findIndex(([v]) => v === value));
    for (const [v, input] of this.inputs) input.checked = v === value;
  }

  #select(options) {
    const items = options.map(([, label], i) => el("option", { value: String(i) }, label));
    this.select = el("select", { "aria-label": this.label }, ...items);
    this.select.onchange = () => this.onChoice(options[Number(this.select.value)][0]);
    return this.select;
  }

  #radios(options) {
    this.select = null;
    const buttons = options.map(([value, label]) => {
      const input = el("input", {
        type: "radio",
        name: this.name,
        onchange: () => this.onChoice(value),
      });
      this.inputs.set(value, input);
      return el("label", { class: "segment" }, input, el("span", {}, label));
    });
    return el(
      "div",
      { class: "segments", role: "radiogroup", "aria-label": this.label },
      ...buttons,
    );
  }
}

/** All controls. */
export class Controls {
  /** `onView(changes, settled)`: `settled` is false while a slider is still held. */
  constructor(onView) {
    const choice = (key, label, hint, options) =>
      new Choice(label, hint, (value) => onView({ [key]: value }, true), options);
    this.show = choice("show", "Show", "Which quantity lies over the clip.", { list: true });
    this.layer = choice(
      "layer",
      "Layer",
      "Block of the network, counted from 0 at the input, as in exported tables.",
    );
    this.head = choice(
      "head",
      "Head",
      "One attention head, counted from 0, or the mean of all heads.",
    );
    this.attribution = choice(
      "attribution",
      "Attribution",
      "Which of the attributions that were computed for this run.",
      { list: true },
    );
    this.axis = choice(
      "axis",
      "Attention",
      "Spatial: among the patches of one frame. Temporal: over time at one place.",
    );
    this.neighbor = choice(
      "neighbor",
      "Neighbor",
      "One direction alone, or all of them added up.",
      { list: true },
    );
    this.scale = choice(
      "scale",
      "Color scale",
      "What one color means. The numbers are never rescaled, only the colors.",
    );
    this.by = choice(
      "by",
      "Keys counted by",
      "With feature shift a key holds features of a neighbor: count it where they come from, or where the key stands.",
    );
    this.versus = choice(
      "versus",
      "Difference from",
      "Shows each model minus this one, on a scale of its own around 0.",
      { list: true },
    );
    this.style = choice(
      "style",
      "Patches",
      "Cells as the model sees them, or interpolated between patch centers.",
    );
    this.colors = choice(
      "colors",
      "Color map",
      "All three are perceptually uniform and safe for color-blind readers.",
    );
    this.outline = choice(
      "outline",
      "Outline",
      "Which patches are outlined: those on the target (at least 20 % covered), or none.",
    );
    this.opacity = this.#opacity(onView);
    this.element = el(
      "div",
      { class: "controls" },
      ...[this.show, this.neighbor, this.attribution, this.axis, this.layer, this.head].map(
        (c) => c.element,
      ),
      el(
        "details",
        { class: "more" },
        el("summary", {}, "Display options"),
        el(
          "div",
          { class: "controls" },
          ...[this.scale, this.versus, this.by, this.style, this.colors, this.outline].map(
            (c) => c.element,
          ),
          this.opacity.element,
        ),
      ),
    );
  }

  #opacity(onView) {
    const value = el("output", { class: "opacity-value" });
    const input = el("input", {
      type: "range",
      min: "0",
      max: "100",
      step: "5",
      "aria-label": "Overlay opacity",
    });
    input.oninput = () => onView({ overlay: Number(input.value) }, false);
    input.onchange = () => onView({ overlay: Number(input.value) }, true);
    const element = el(
      "div",
      { class: "choice" },
      el(
        "span",
        { class: "choice-label" },
        new Definition("Overlay opacity", ["How much of the map covers the clip."]).element,
      ),
      el("div", { class: "choice-body opacity" }, input, value),
    );
    return { element, input, value };
  }

  /**
   * Show a view.
   *
   * @param {Manifest} manifest
   * @param {View} view
   */
  sync(manifest, view) {
    const count = (key) => Math.max(...manifest.models.map((model) => model[key]));
    const numbers = (n) => Array.from({ length: n }, (_, i) => [i, String(i)]);
    const quantity = QUANTITIES[view.show];
    const directions = quantity.neighbors ? runDirections(manifest, view.axis) : [];
    const one = isOfOneAttention(view.show);
    this.show.sync(quantityOptions(manifest), view.show);
    this.attribution.sync(
      view.show === "attribution"
        ? attributionGroups(manifest).map(({ id, title }) => [id, title])
        : [],
      view.attribution,
    );
    this.neighbor.sync(
      directions.length
        ? [["all", "All, added up"], ...directions.map((d, i) => [i, d.label])]
        : [],
      view.neighbor,
    );
    this.axis.sync(
      one ? axesOf(manifest).map((axis) => [axis, axis[0].toUpperCase() + axis.slice(1)]) : [],
      view.axis,
    );
    this.layer.sync(one ? numbers(count("layers")) : [], view.layer);
    this.head.sync(
      one ? [["mean", "Mean"], ["max", "Max"], ...numbers(count("heads"))] : [],
      view.head,
    );
    this.scale.sync(
      [
        [
          "shared",
          "One for all",
          "one scale for all models and all frames; colors can be compared.",
        ],
        [
          "clip",
          "Per model",
          "each model over the whole clip; colors cannot be compared between models.",
        ],
        [
          "frame",
          "Per frame",
          "each model in this frame; colors cannot be compared between models or frames.",
        ],
      ],
      view.scale,
    );
    this.by.sync(
      quantity.bySource
        ? [
            ["source", "Source"],
            ["slot", "Slot"],
          ]
        : [],
      view.by,
    );
    this.versus.sync(
      quantity.ofClip
        ? []
        : [["none", "None"], ...manifest.models.map((model, i) => [i, model.title])],
      view.versus,
    );
    this.style.sync(
      [
        ["blocks", "Blocks"],
        ["smooth", "Smooth"],
      ],
      view.style,
    );
    this.colors.sync(
      COLOR_CHOICES.map((name) => [name, name[0].toUpperCase() + name.slice(1)]),
      view.colors,
    );
    this.outline.sync(
      hasTarget(manifest)
        ? [
            ["target", "Target"],
            ["none", "None"],
          ]
        : [],
      view.outline,
    );
    if (Number(this.opacity.input.value) !== view.overlay)
      this.opacity.input.value = String(view.overlay);
    setText(this.opacity.value, `${view.overlay} %`);
  }
}
