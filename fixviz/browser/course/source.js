/* The clip and the models that the lessons look at: the run that comes with fixviz, or one of the reader's own. */

/** @import { FixationWeights, Manifest } from "../player/types.d.ts" */
/** @import { WindowFeatures } from "./types.d.ts" */

import { decodeArray } from "../player/arrays.js";
import { createLayer, setWindow } from "../player/attention/index.js";
import { Parts } from "../player/loader.js";
import { jsonOf } from "../player/packed.js";

const FIXATION = ["query_weight", "query_bias", "key_weight", "key_bias"];

export class RunSource {
  /**
   * @param {string} base URL of the run, without a slash at its end
   * @param {{ own: boolean, frame: number, window: number }} options own: a run of the reader, whose features
   *   the server computes
   */
  constructor(base, { own, frame, window }) {
    this.base = base;
    this.own = own;
    this.frame = frame;
    this.window = window;
    this.models = /** @type {("softmax" | "linear" | "fixation")[]} */ ([
      "softmax",
      "linear",
      "fixation",
    ]);
    this.parts = new Parts(base);
    this.known = new Map();
    /** @type {Manifest} */
    this.manifest = /** @type {any} */ (null);
  }

  async open() {
    this.manifest = await this.parts.manifest();
    return this;
  }

  close() {
    this.parts.close();
  }

  model(name) {
    const found = this.manifest.models.find((model) => model.name === name);
    if (!found) throw new Error(`The run has no model ${name}.`);
    return found;
  }

  image(frame) {
    return this.parts.image(this.manifest.files[`frame/${String(frame).padStart(4, "0")}`]);
  }

  array(name) {
    const reference = this.manifest.arrays[name];
    if (!reference) return Promise.reject(new Error(`The run has no array ${name}.`));
    return this.parts.array(reference);
  }

  /**
   * The features of the lessons' window in one attention layer.
   *
   * @returns {Promise<WindowFeatures>}
   */
  features(model, axis, layer) {
    return this.#once(`${model} ${axis} ${layer}`, async () => {
      const { description: stored, arrays } = await this.#fetched(model, axis, layer);
      // For the attention modules, `frames` is the length of a window; in what is stored, that of the clip.
      const description = { ...stored, frames: stored.T };
      const size = description.frames * description.rows * description.columns;
      const length = size * description.heads * description.head_dim;
      const part = (name) => {
        const { values } = arrays[name];
        // A run of the reader's own comes with all its windows.
        const from = values.length === length ? 0 : this.window * length;
        return values.subarray(from, from + length);
      };
      const weights = /** @type {FixationWeights | null} */ (
        arrays.query_weight
          ? Object.fromEntries(FIXATION.map((name) => [name, arrays[name].values]))
          : null
      );
      return {
        query: part("query"),
        key: part("key"),
        value: part("value"),
        weights,
        description,
      };
    });
  }

  /** The attention layer with the features of the lessons' window. */
  layer(model, axis, layer) {
    return this.#once(`layer ${model} ${axis} ${layer}`, async () => {
      const features = await this.features(model, axis, layer);
      const made = createLayer(features.description, features.weights);
      setWindow(made, this.window, features);
      return made;
    });
  }

  async #fetched(model, axis, layer) {
    if (this.own)
      return this.parts.derived({ kind: "features", model, axis, layer: String(layer) }, () => {});
    const response = await fetch(`${this.base}/features/${model}-${axis}-${layer}.json`);
    if (!response.ok) throw new Error(`The features of ${model} are not there.`);
    const description = await jsonOf(response);
    const decoded = Object.entries(description.arrays).map(async ([name, reference]) => [
      name,
      decodeArray(await this.parts.bytes(reference), reference),
    ]);
    return { description, arrays: Object.fromEntries(await Promise.all(decoded)) };
  }

  #once(key, load) {
    if (!this.known.has(key)) {
      const pending = load();
      this.known.set(key, pending);
      pending.catch(() => this.known.delete(key));
    }
    return this.known.get(key);
  }
}
