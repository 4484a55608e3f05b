/* The layers whose attention the browser computes. Their features are fetched when they are first
   needed and kept while in use. The computing modules are loaded with the first features, because a run
   opens without them. */

/** @import { Manifest, View } from "./types.d.ts" */
/** @import { Parts } from "./loader.js" */

const MOST_LAYERS = 12;

/** Query parameters of the request for the features of one attention of a model. */
const parametersOf = (model, axis, layer) => ({
  kind: "features",
  model,
  axis,
  layer: String(layer),
});

export class Lens {
  /** Web worker that computes beside the page; started when it is first needed. */
  worker = null;

  /**
   * @param {Manifest} manifest
   * @param {Parts} parts
   * @param {() => void} onChange called when features have come, are on their way, or failed
   */
  constructor(manifest, parts, onChange) {
    this.manifest = manifest;
    this.parts = parts;
    this.onChange = onChange;
    this.layers = new Map();
    this.waiting = new Map();
    this.failed = new Map();
    this.inWorker = new Set();
  }

  #key(i, { axis, layer }) {
    return `${this.manifest.models[i].name}/${axis}/${layer}`;
  }

  /**
   * The layer of model `i` in a view; undefined, and requested, while it is not here.
   *
   * @param {number} i
   * @param {View} view
   */
  get(i, view) {
    const key = this.#key(i, view);
    const found = this.layers.get(key);
    if (found) {
      this.layers.delete(key);
      this.layers.set(key, found);
      return found;
    }
    if (!this.waiting.has(key) && !this.failed.has(key)) this.#load(i, view, key);
    return undefined;
  }

  /** Whether the features of model `i` are here. */
  has(i, view) {
    return this.layers.has(this.#key(i, view));
  }

  /** What the server is doing about the features of model `i`: a text, or null. */
  progress(i, view) {
    return this.waiting.get(this.#key(i, view)) ?? null;
  }

  /** Why the features of model `i` could not be fetched: a sentence, or null. */
  failure(i, view) {
    return this.failed.get(this.#key(i, view)) ?? null;
  }

  /** Forget failures, so that the next `get` sends the request again. */
  retry() {
    this.failed.clear();
  }

  /** Request features that will be needed soon; a failure is shown only once they are. */
  prefetch(i, view) {
    const key = this.#key(i, view);
    const model = this.manifest.models[i];
    const there = model.axes.includes(view.axis) && view.layer >= 0 && view.layer < model.layers;
    if (there && !this.layers.has(key) && !this.waiting.has(key) && !this.failed.has(key))
      this.#load(i, view, key);
  }

  /** Run "concentration" or another function of attention/client.js on the layer of model `i` in the worker. */
  async run(method, i, view, request, onPartial = null) {
    const key = this.#key(i, view);
    const found = this.layers.get(key);
    if (!found) return null;
    this.worker ??= found.attention.startAttentionWorker();
    if (!this.inWorker.has(key)) {
      this.inWorker.add(key);
      this.worker.addLayer(key, found.meta, found.weights);
      found.meta.windows.forEach((_, window) =>
        this.worker.setWindow(key, window, found.layer.inputs.get(window)),
      );
    }
    return this.worker.run(method, key, request, onPartial);
  }

  /** Cancel a `run`: its promise is rejected with an AbortError. */
  cancel(method, i, view) {
    this.worker?.cancel(method, this.#key(i, view));
  }

  close() {
    this.closed = true;
    this.worker?.close();
  }

  async #load(i, view, key) {
    const parameters = parametersOf(this.manifest.models[i].name, view.axis, view.layer);
    this.waiting.set(key, "");
    try {
      const features = this.parts.derived(parameters, ({ place, message }) => {
        this.waiting.set(key, place > 1 ? `Place ${place} in the queue` : message);
        this.onChange();
      });
      const [{ description, arrays }, attention] = await Promise.all([
        features,
        import("./attention/index.js"),
      ]);
      if (this.closed) return;
      this.layers.set(key, makeLayer(attention, description, arrays));
      this.parts.forget(parameters);
      this.#makeRoom();
    } catch (error) {
      this.failed.set(key, error.message);
    } finally {
      this.waiting.delete(key);
      if (!this.closed) this.onChange();
    }
  }

  #makeRoom() {
    for (const key of this.layers.keys()) {
      if (this.layers.size <= MOST_LAYERS) return;
      this.layers.delete(key);
      if (this.inWorker.delete(key)) this.worker.dropLayer(key);
    }
  }
}

function makeLayer(attention, description, arrays) {
  // For the attention modules, `frames` is the length of a window; in the description, that of the clip.
  const meta = { ...description, frames: description.T };
  const values = (name) => arrays[name].values;
  const weights = arrays.query_weight
    ? Object.fromEntries(
        ["query_weight", "query_bias", "key_weight", "key_bias"].map((name) => [
          name,
          values(name),
        ]),
      )
    : null;
  const layer = attention.createLayer(meta, weights);
  attention.setWindows(layer, {
    query: values("query"),
    key: values("key"),
    value: values("value"),
  });
  return { attention, layer, meta, weights, description };
}
