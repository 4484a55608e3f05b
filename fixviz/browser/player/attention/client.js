/* The page's side of the worker.

   Messages to the worker: {type: "layer", layer, meta, weights}, {type: "window", layer, window, features},
   {type: "drop", layer}, {type: "run", id, layer, what, request}, {type: "cancel", id}.
   Messages from it: {id, value}, {id, error}, {id, partial}. */

import { startWorker } from "../files.js";

/**
 * Start a worker that holds copies of layers, each under a name.
 *
 * - `addLayer(name, meta, weights)`, `setWindow(name, window, features)`, `dropLayer(name)`: as
 *   `createLayer` and `setWindow`. The features are copied.
 * - `run(what, name, request, onPartial)`: a promise of what "concentration", "received", "row",
 *   "ratioMaps" or "maps" (of many frames, see `turnedMaps`) returns for that layer. A newer run of the
 *   same function on the same layer cancels the older one and rejects its promise with an AbortError.
 *   `onPartial` gets the curve as far as it is known, or the maps that are new since the last call; the
 *   promise resolves to the rest of them.
 * - `cancel(what, name)`, `close()`.
 */
export function startAttentionWorker() {
  const worker = startWorker("player/attention/worker.js");
  const waiting = new Map();
  const newest = new Map();
  let count = 0;

  const settle = (id) => {
    const entry = waiting.get(id);
    waiting.delete(id);
    if (newest.get(entry?.topic) === id) newest.delete(entry.topic);
    return entry;
  };
  const abort = (id, why) => settle(id)?.reject(new DOMException(why, "AbortError"));

  worker.onmessage = ({ data: { id, value, error, partial } }) => {
    if (partial) waiting.get(id)?.onPartial?.(partial);
    else if (error) settle(id)?.reject(new Error(error));
    else settle(id)?.resolve(value);
  };
  // Reject all promises where the worker cannot be loaded or cannot read a message.
  worker.onerror = ({ message }) => {
    for (const id of [...waiting.keys()])
      settle(id).reject(new Error(message || "The worker did not start."));
  };

  const cancel = (what, name) => {
    const id = newest.get(`${what} ${name}`);
    if (id === undefined) return;
    worker.postMessage({ type: "cancel", id });
    abort(id, "The request was cancelled.");
  };

  return {
    addLayer: (layer, meta, weights = null) =>
      worker.postMessage({ type: "layer", layer, meta, weights }),
    setWindow: (layer, window, features) =>
      worker.postMessage({ type: "window", layer, window, features }),
    dropLayer: (layer) => worker.postMessage({ type: "drop", layer }),
    cancel,
    run(what, name, request, onPartial = null) {
      cancel(what, name);
      const id = ++count;
      const topic = `${what} ${name}`;
      newest.set(topic, id);
      return new Promise((resolve, reject) => {
        waiting.set(id, { topic, resolve, reject, onPartial });
        worker.postMessage({ type: "run", id, layer: name, what, request });
      });
    },
    close() {
      for (const id of [...waiting.keys()]) abort(id, "The worker was closed.");
      worker.terminate();
    },
  };
}
