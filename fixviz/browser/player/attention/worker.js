/* Computes attention in a worker, beside the page. client.js has the page's side and lists the messages. */

import { concentrations } from "./concentration.js";
import { createLayer, setWindow } from "./layer.js";
import { ratioMaps } from "./ratios.js";
import { received } from "./received.js";
import { row } from "./rows.js";
import { turnedMaps } from "./turned.js";

/** Milliseconds of work between two looks for a cancelled request. */
const PATIENCE = 25;

const AT_ONCE = { row, received, ratioMaps };
const BIT_BY_BIT = { concentration: curve, maps };
const layers = new Map();
const wanted = new Set();
let queue = Promise.resolve();

const actions = {
  layer: ({ layer, meta, weights }) => layers.set(layer, createLayer(meta, weights)),
  window: ({ layer, window, features }) => setWindow(find(layer), window, features),
  drop: ({ layer }) => layers.delete(layer),
  cancel: ({ id }) => wanted.delete(id),
  // Runs follow one another; messages that arrive meanwhile are read between the frames.
  run(message) {
    wanted.add(message.id);
    queue = queue.then(() => answer(message));
  },
};

self.onmessage = ({ data }) => actions[data.type](data);

function find(layer) {
  const found = layers.get(layer);
  if (!found) throw new Error(`The layer ${layer} is not known.`);
  return found;
}

async function answer({ id, layer, what, request }) {
  if (!wanted.has(id)) return;
  try {
    const found = find(layer);
    const value =
      what in BIT_BY_BIT
        ? await BIT_BY_BIT[what](id, found, request)
        : AT_ONCE[what](found, request);
    if (wanted.has(id)) self.postMessage({ id, value });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  } finally {
    wanted.delete(id);
  }
}

async function curve(id, layer, request) {
  const values = new Float32Array(layer.windowOfFrame.length).fill(NaN);
  await inTurns(id, concentrations(layer, request), {
    take({ frame, value }) {
      values[frame] = value;
    },
    known: () => values,
  });
  return values;
}

/** Send maps as they come; returns those that have not been sent when all are done. */
async function maps(id, layer, request) {
  let fresh = [];
  await inTurns(id, turnedMaps(layer, request), {
    take: (found) => fresh.push(found),
    known() {
      const told = fresh;
      fresh = [];
      return told;
    },
  });
  return fresh;
}

/** Take `items` one by one and send what is known every now and then, until the request is cancelled. */
async function inTurns(id, items, { take, known }) {
  let rested = performance.now();
  for (const item of items) {
    take(item);
    if (performance.now() - rested < PATIENCE) continue;
    self.postMessage({ id, partial: known() });
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
    if (!wanted.has(id)) break;
    rested = performance.now();
  }
}
