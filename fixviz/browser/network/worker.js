/* Runs the networks of a run beside the page. client.js has the page's side and lists the messages. */

import { RunModel } from "./model.js";

const models = new Map();
/** Requests for features whose windows have not all been sent. */
const jobs = [];
let working = false;

const actions = {
  model({ name, model, weights, pixels }) {
    models.set(name, { model, weights, pixels, made: null });
  },
  features({ id, name, axis, layer, windows }) {
    jobs.push({ id, name, axis, layer, waiting: windows, sent: 0 });
    work();
  },
  first({ id, window }) {
    const job = jobs.find((one) => one.id === id);
    if (!job?.waiting.includes(window)) return;
    job.waiting = [window, ...job.waiting.filter((one) => one !== window)];
    job.sent = 0;
  },
  rollout({ id, name, request }) {
    answer(id, () => ({ value: find(name).rollout(request) }));
  },
};

self.onmessage = ({ data }) => actions[data.type](data);

function find(name) {
  const entry = models.get(name);
  if (!entry) throw new Error(`The model ${name} is not known.`);
  entry.made ??= new RunModel(entry.model, entry.weights, entry.pixels);
  return entry.made;
}

/** Send what `make` returns, or why it failed. */
function answer(id, make) {
  try {
    self.postMessage({ id, ...make() });
    return true;
  } catch (error) {
    self.postMessage({ id, error: error.message });
    return false;
  }
}

/** Compute one window after the other; messages that arrive meanwhile are read between them. */
async function work() {
  if (working) return;
  working = true;
  while (jobs.length) {
    step();
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
  }
  working = false;
}

/** Compute a window: of each request the one that is waited for, then the rest in the order of the requests. */
function step() {
  const job = jobs.find(({ sent }) => sent === 0) ?? jobs[0];
  const window = job.waiting.shift();
  const done = answer(job.id, () => {
    const model = find(job.name);
    const features = model.features(window, job.axis, job.layer);
    return { window, features, weights: model.fixation(job.axis, job.layer) };
  });
  job.sent += 1;
  if (!done || !job.waiting.length) jobs.splice(jobs.indexOf(job), 1);
}
