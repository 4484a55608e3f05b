/* Concentration curves under the dial, computed in the worker once the dial is released. */

/** @import { Manifest, Model, View } from "./types.d.ts" */
/** @import { Lens } from "./lens.js" */

import { number } from "./format.js";
import { isTurned, dialOf } from "./view.js";
import { isAffected } from "./viewmaps.js";

const KEYS = ["axis", "layer", "head", "alpha", "off"];

export class TurnedCurves {
  /**
   * @param {Manifest} manifest
   * @param {Lens} lens
   * @param {() => void} onChange a curve has come
   */
  constructor(manifest, lens, onChange) {
    this.manifest = manifest;
    this.lens = lens;
    this.onChange = onChange;
    this.curves = new Map();
    this.asked = new Map();
    this.busy = false;
  }

  /**
   * The curve of each model under the dial of a view, or null while it is not here; computed unless the
   * dial is still held.
   *
   * @param {View} view
   * @param {boolean} held
   */
  show(view, held) {
    if (!isTurned(view)) {
      this.curves.clear();
      this.asked.clear();
      this.busy = false;
      return this.manifest.models.map(() => null);
    }
    const key = JSON.stringify(KEYS.map((name) => view[name]));
    if (!held) this.manifest.models.forEach((model, i) => this.#ask(model, i, view, key));
    return this.manifest.models.map((model, i) =>
      isAffected(model, view) ? (this.curves.get(i) ?? null) : null,
    );
  }

  #ask(model, i, view, key) {
    if (this.asked.get(i) === key || !isAffected(model, view) || !this.lens.has(i, view)) return;
    this.asked.set(i, key);
    this.busy = true;
    const head = typeof view.head === "number" ? view.head : "mean";
    this.lens.run("concentration", i, view, { head, ...dialOf(this.manifest, view) }).then(
      (curve) => this.#take(i, key, curve),
      (error) => error.name !== "AbortError" && this.#take(i, key, null),
    );
  }

  #take(i, key, curve) {
    if (this.asked.get(i) !== key) return;
    if (curve) this.curves.set(i, curve);
    this.busy = false;
    this.onChange();
  }
}

const mean = (curve) => curve.reduce((sum, value) => sum + value, 0) / curve.length;

/**
 * A text with the mean concentration of each model before and after; empty without a curve under the dial.
 *
 * @param {Model[]} models
 * @param {(Float32Array | null)[]} learned
 * @param {(Float32Array | null)[]} turned
 */
export function turnedMeans(models, learned, turned) {
  const parts = models.map((model, i) => {
    if (!turned[i] || !learned[i]) return null;
    const named = turned.filter(Boolean).length > 1 ? `${model.name} ` : "";
    return `${named}${number(mean(learned[i]))} as learned, ${number(mean(turned[i]))} now`;
  });
  const text = parts.filter(Boolean).join("; ");
  return text && `Mean concentration: ${text}.`;
}
