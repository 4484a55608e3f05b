/* The verdict of the frame in view: one sentence for each model, and what the sentences rest on. */

/** @import { Manifest, View } from "./types.d.ts" */

import { Definition } from "./definition.js";
import { el, setText } from "./dom.js";
import { metricCurve } from "./maps.js";
import { sentenceOf } from "./verdict.js";
import { isShown } from "./view.js";
import { fits } from "./viewmaps.js";

/** The measures of an attention as learned, and with its fixation ratios all 1. */
const LEARNED = "metrics";
const RATIOS_OFF = "metrics_ratios/ones";

export class Verdicts {
  /**
   * @param {Manifest} manifest
   * @param {object} texts
   * @param {Record<string, string>} texts.templates sentences with {names}
   * @param {string} texts.title
   * @param {string[]} texts.how what the sentences count and hold fixed, a paragraph each
   * @param {{ title: string, lines: string[] }} texts.question a question that no single clip answers
   * @param {(reference: any, i: number) => any} array the array of model `i`, undefined while it loads
   */
  constructor(manifest, texts, array) {
    this.manifest = manifest;
    this.templates = texts.templates;
    this.array = array;
    this.lines = manifest.models.map(() => el("span"));
    const { question } = texts;
    this.element = el(
      "section",
      { class: "verdicts", "aria-label": texts.title },
      el(
        "p",
        { class: "verdicts-head" },
        new Definition(texts.title, texts.how).element,
        question.lines.length ? new Definition(question.title, question.lines).element : null,
      ),
      el(
        "ul",
        {},
        ...this.lines.map((line, i) =>
          el(
            "li",
            { style: `--line: var(--line-${i})` },
            el("span", { class: "dot", "aria-hidden": "true" }),
            line,
          ),
        ),
      ),
    );
  }

  /** Request what the sentences of a view need. */
  ask(view) {
    this.manifest.models.forEach((_, i) => {
      for (const name of [LEARNED, RATIOS_OFF]) this.#array(i, view, name);
    });
  }

  /** Word the sentences of a view. */
  show(view) {
    this.manifest.models.forEach((model, i) => {
      this.lines[i].parentElement.hidden = !isShown(view, model);
      const seen = {
        frame: view.frame,
        axis: view.axis,
        support: this.#support(i, view, LEARNED),
        supportOff: this.#support(i, view, RATIOS_OFF),
      };
      setText(this.lines[i], sentenceOf(model, seen, this.templates));
    });
  }

  #array(i, { axis }, name) {
    const { arrays, models } = this.manifest;
    return this.array(arrays[`${models[i].name}/${axis}/${name}`], i);
  }

  /**
   * How many keys a query of the frame looks at, or null where that is not here or undefined.
   *
   * @param {number} i
   * @param {View} view
   * @param {string} name of the measures
   */
  #support(i, view, name) {
    const { manifest } = this;
    const column = manifest.metrics.indexOf("effective_support");
    if (column < 0 || !fits(manifest.models[i], { ...view, show: "attention" })) return null;
    const array = this.#array(i, view, name);
    if (!array) return null;
    const head = typeof view.head === "number" ? view.head : "mean";
    const value = metricCurve(array, view.layer, head, column)[view.frame];
    return Number.isNaN(value) ? null : value;
  }
}
