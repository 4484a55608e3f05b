/* The layers whose attention the browser computes. Their features are fetched when they are first
   needed and kept while in use; where the browser computes the features too, they come window by window. The
   computing modules are loaded with the first features, because a run opens without them. */

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
    this.streams = new Map();
    this.waiting = new Map();
    this.failed = new Map();
    this.inWorker = new Set();
  }

  #key(i, { axis, layer }) {
    return `${this.manifest.models[i].name}/${axis}/${layer}`;
  }

  /**
   * The layer of model `i` in a view, with the features of a frame; undefined, and requested, while they are not here.
   *
   * @param {number} i
   * @param {View} view
   * @param {number} frame
   */
  get(i, view, frame = view.frame) {
    const key = this.#key(i, view);
    const found = this.layers.get(key);
    if (found) {
      this.layers.delete(key);
      this.layers.set(key, found);
      if (found.attention.hasFrame(found.layer, frame)) return found;
      this.#hurry(key, found.layer.windowOfFrame[frame]);
      return undefined;
    }
    if (!this.waiting.has(key) && !this.failed.has(key)) this.#load(i, view, key, frame);
    return undefined;
  }

  /** Whether the features of model `i` are here, those of all windows. */
  has(i, view) {
    const key = this.#key(i, view);
    return this.layers.has(key) && !this.waiting.has(key);
  }

  /** Whether the features of some windows are here, and those of others still to come. */
  coming(i, view) {
    const key = this.#key(i, view);
    return this.layers.has(key) && this.waiting.has(key);
  }

  /** What is being done about the features of model `i`: a text, or null. */
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

  async #load(i, view, key, frame = view.frame) {
    const model = this.manifest.models[i];
    const parameters = parametersOf(model.name, view.axis, view.layer);
    this.waiting.set(key, "");
    try {
      const attention = import("./attention/index.js");
      const streamed = this.parts.stream(parameters, model.window_of_frame[frame], (...window) =>
        this.#takeWindow(key, ...window),
      );
      if (streamed) await this.#follow(key, streamed, await attention);
      else await this.#fetch(key, parameters, await attention);
    } catch (error) {
      this.layers.delete(key);
      this.failed.set(key, error.message);
    } finally {
      this.waiting.delete(key);
      this.streams.delete(key);
      if (!this.closed) this.onChange();
    }
  }

  /** Take the features of all windows at once. */
  async #fetch(key, parameters, attention) {
    const { description, arrays } = await this.parts.derived(parameters, ({ place, message }) => {
      this.waiting.set(key, place > 1 ? `Place ${place} in the queue` : message);
      this.onChange();
    });
    if (this.closed) return;
    const made = makeLayer(attention, description, fixationOf(arrays));
    attention.setWindows(made.layer, {
      query: arrays.query.values,
      key: arrays.key.values,
      value: arrays.value.values,
    });
    this.layers.set(key, made);
    this.parts.forget(parameters);
    this.#makeRoom();
  }

  /** Take the features window by window, as the browser computes them. */
  async #follow(key, streamed, attention) {
    this.waiting.set(key, "Your browser computes it");
    const stream = await streamed;
    this.streams.set(key, { ...stream, attention });
    await stream.done;
  }

  /** Have a window computed before the others that are still to come. */
  #hurry(key, window) {
    const stream = this.streams.get(key);
    if (!stream || stream.wanted === window) return;
    stream.wanted = window;
    stream.first(window);
  }

  #takeWindow(key, window, features, weights) {
    const stream = this.streams.get(key);
    if (this.closed || !stream) return;
    if (!this.layers.has(key)) {
      this.layers.set(key, makeLayer(stream.attention, stream.description, weights));
      this.#makeRoom();
    }
    const { layer } = this.layers.get(key);
    stream.attention.setWindow(layer, window, features);
    if (layer.inputs.size === 1 || stream.wanted === window) this.onChange();
  }

  #makeRoom() {
    for (const key of [...this.layers.keys()].filter((one) => !this.streams.has(one))) {
      if (this.layers.size <= MOST_LAYERS) return;
      this.layers.delete(key);
      if (this.inWorker.delete(key)) this.worker.dropLayer(key);
    }
  }
}

const FIXATION = ["query_weight", "query_bias", "key_weight", "key_bias"];

/** The projections of the fixation among the arrays of a layer; null without one. */
function fixationOf(arrays) {
  if (!arrays.query_weight) return null;
  return Object.fromEntries(FIXATION.map((name) => [name, arrays[name].values]));
}

function makeLayer(attention, description, weights) {
  // For the attention modules, `frames` is the length of a window; in the description, that of the clip.
  const meta = { ...description, frames: description.T };
  const layer = attention.createLayer(meta, weights);
  return { attention, layer, meta, weights, description };
}
