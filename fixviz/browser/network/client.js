/* The page's side of the worker that runs the networks of a run.

   Messages to the worker: {type: "model", name, model, weights, pixels}, {type: "features", id, name, axis, layer,
   windows}, {type: "first", id, window}, {type: "rollout", id, name, request}.
   Messages from it: {id, window, features, weights}, {id, value}, {id, error}. */

/** @import { ArrayReference, Features, FixationWeights, LayerDescription, Manifest, Model, StoredArray } from "../player/types.d.ts" */

import { startWorker } from "../player/files.js";

/**
 * Features on their way.
 *
 * @typedef {object} Stream
 * @property {LayerDescription & { T: number, stored_error: number }} description
 * @property {Promise<void>} done fulfilled once all windows have come
 * @property {(window: number) => void} first compute this window before the others
 */

export class Networks {
  /**
   * @param {Manifest} manifest
   * @param {(reference: ArrayReference) => Promise<StoredArray>} load fetches an array
   */
  constructor(manifest, load) {
    this.manifest = manifest;
    this.load = load;
    this.sent = new Map();
    this.waiting = new Map();
    this.count = 0;
  }

  /**
   * The features of an attention, window by window.
   *
   * @param {{ model: string, axis: string, layer: string }} parameters
   * @param {number} first the window to compute first
   * @param {(window: number, features: Features, weights: FixationWeights | null) => void} onWindow
   * @returns {Stream} Throws an Error for a model that cannot be computed here.
   */
  features({ model: name, axis, layer }, first, onWindow) {
    const { network } = this.#model(name);
    const found = network.layers[`${axis}/${layer}`];
    if (!found) throw new Error(`This model has no ${axis} attention in layer ${layer}.`);
    const windows = found.windows.map((_, window) => window);
    const order = [first, ...windows.filter((window) => window !== first)];
    const id = ++this.count;
    let left = windows.length;
    const done = this.#ask(
      id,
      name,
      { type: "features", axis, layer: Number(layer), windows: order },
      (message) => {
        onWindow(message.window, message.features, message.weights);
        left -= 1;
        return left === 0;
      },
    );
    return {
      // The browser computes with what it has just made, so nothing was rounded for storing.
      description: { ...found, stored_error: 0 },
      done,
      first: (window) => this.worker?.postMessage({ type: "first", id, window }),
    };
  }

  /**
   * What `Parts.derived` returns for the kinds that the browser computes.
   *
   * @param {Record<string, string>} parameters
   * @returns {Promise<{ description: any, arrays: Record<string, StoredArray> }>}
   */
  derived(parameters) {
    if (parameters.kind === "features") return this.#wholeFeatures(parameters);
    if (parameters.kind === "rollout") return this.#rollout(parameters);
    throw new Error(`The browser does not compute ${parameters.kind}.`);
  }

  close() {
    this.closed = true;
    this.worker?.terminate();
    this.waiting.clear();
  }

  #model(name) {
    const model = this.manifest.models.find((one) => one.name === name);
    if (!model) throw new Error(`This run has no model ${name}.`);
    if (!model.network)
      throw new Error(model.network_missing ?? "This model cannot be computed here.");
    return model;
  }

  async #wholeFeatures(parameters) {
    const {
      windows,
      T,
      rows,
      columns,
      heads,
      head_dim: width,
    } = this.#model(parameters.model).network.layers[`${parameters.axis}/${parameters.layer}`] ?? {
      windows: [],
    };
    const size = T * rows * columns * heads * width;
    const shape = [windows.length, T, rows, columns, heads, width];
    const arrays = Object.fromEntries(
      ["query", "key", "value"].map((name) => [
        name,
        { shape, values: new Float32Array(windows.length * size) },
      ]),
    );
    const stream = this.features(
      /** @type {any} */ (parameters),
      0,
      (window, features, weights) => {
        for (const name of ["query", "key", "value"])
          arrays[name].values.set(features[name], window * size);
        for (const [name, values] of Object.entries(weights ?? {}))
          arrays[name] = { shape: shapeOf(values, width), values };
      },
    );
    await stream.done;
    return { description: stream.description, arrays };
  }

  async #rollout(parameters) {
    const { model: name, frame, row, column } = parameters;
    const { grid, windows } = this.#model(name);
    const number = (text) => (text === undefined ? null : Number(text));
    const request = { frame: Number(frame), row: number(row), column: number(column) };
    let found = null;
    await this.#ask(++this.count, name, { type: "rollout", request }, ({ value }) => {
      found = value;
      return true;
    });
    const shape = [windows.frames, grid.rows, grid.columns];
    return { description: found.description, arrays: { map: { shape, values: found.map } } };
  }

  /** Send a request; `hear` gets each message about it and returns whether it was the last. */
  async #ask(id, name, message, hear) {
    await this.#send(name);
    if (this.closed) throw new Error("The run was closed.");
    return new Promise((resolve, reject) => {
      const settle = (end, value) => {
        this.waiting.delete(id);
        end(value);
      };
      this.waiting.set(id, (heard) => {
        if (heard.error) settle(reject, new Error(heard.error));
        else if (hear(heard)) settle(resolve);
      });
      this.worker.postMessage({ ...message, id, name });
    });
  }

  /** Give the worker a model, once. */
  #send(name) {
    if (!this.sent.has(name)) {
      const sent = this.#fetch(name);
      this.sent.set(name, sent);
      sent.catch(() => this.sent.delete(name));
    }
    return this.sent.get(name);
  }

  async #fetch(name) {
    const model = this.#model(name);
    const pixels = this.manifest.arrays[`pixels/${model.config.image_size}`];
    const [weights, clip] = await Promise.all([
      this.load(model.network.weights),
      this.load(pixels),
    ]);
    if (this.closed) return;
    this.#start();
    this.worker.postMessage({
      type: "model",
      name,
      model: plain(model),
      weights: weights.values,
      pixels: clip.values,
    });
  }

  #start() {
    if (this.worker) return;
    this.worker = startWorker("network/worker.js");
    this.worker.onmessage = ({ data }) => this.waiting.get(data.id)?.(data);
    this.worker.onerror = ({ message }) => {
      for (const hear of [...this.waiting.values()])
        hear({ error: message || "The worker that runs the networks did not start." });
    };
  }
}

/** What the worker needs of a model. @param {Model} model */
function plain({ config, grid, network, windows, window_of_frame: windowOfFrame }) {
  return { config, grid, network, windows, window_of_frame: windowOfFrame };
}

/** The shape of a fixation's weight or bias of a head with so many channels. */
function shapeOf({ length }, width) {
  return length === width ? [width] : [width, length / width];
}
