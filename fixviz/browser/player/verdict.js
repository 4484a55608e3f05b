/* What each model looks at and answers, against what is known of the clip; in numbers and in words. */

/** @import { Manifest, Model, View } from "./types.d.ts" */

import { percent } from "./format.js";
import { directionsOf } from "./quantities.js";
import { runDirections } from "./view.js";

/**
 * A model's answer in a window.
 *
 * @typedef {object} Answer
 * @property {string} name the class that the model finds most probable
 * @property {number} probability
 * @property {boolean | null} correct against what the window shows; null where that is not known, or the
 *   model lacks the class
 */

/**
 * The answer of a model in one of its windows.
 *
 * @param {Model} model
 * @param {number} window
 * @param {number[][]} [probabilities] per window and class, the model's own unless given
 * @returns {Answer}
 */
export function answerOf(model, window, probabilities = model.probabilities) {
  const row = probabilities[window];
  const best = row.indexOf(Math.max(...row));
  const shown = model.window_truth?.[window] ?? null;
  const known = shown !== null && model.classes.includes(shown);
  return {
    name: model.classes[best],
    probability: row[best],
    correct: known ? model.classes[best] === shown : null,
  };
}

/** "correct" or "wrong", or null where that is not known. */
export function markOf({ correct }) {
  if (correct === null) return null;
  return correct ? "correct" : "wrong";
}

/**
 * The stretches of frames that take their maps and their prediction from one window.
 *
 * @param {Model} model
 * @returns {{ window: number, first: number, last: number }[]}
 */
export function windowStretches(model) {
  const found = [];
  model.window_of_frame.forEach((window, frame) => {
    const before = found[found.length - 1];
    if (before?.window === window) before.last = frame;
    else found.push({ window, first: frame, last: frame });
  });
  return found;
}

/**
 * The motions that the clip is known to show, on its analyzed frames.
 *
 * @param {Manifest} manifest
 * @returns {{ name: string, first: number, last: number }[]}
 */
export function motionsOf(manifest) {
  const { index } = manifest.frames;
  return (manifest.truth?.segments ?? []).flatMap((segment) => {
    const frames = index.flatMap((native, frame) =>
      segment.first_frame <= native && native <= segment.last_frame ? [frame] : [],
    );
    if (!frames.length) return [];
    return [{ name: segment.class, first: frames[0], last: frames[frames.length - 1] }];
  });
}

/** Names of those of the motions that a frame shows. */
export function motionsIn(motions, frame) {
  const here = motions.filter(({ first, last }) => first <= frame && frame <= last);
  return here.map(({ name }) => name);
}

/** A number of keys: whole from 10 on, else with one decimal. */
export function keyCount(support) {
  return support.toFixed(support >= 9.95 ? 0 : 1);
}

/** How many keys a query of this axis has. */
function keysOf({ grid, windows }, axis) {
  const patches = grid.rows * grid.columns;
  return { spatial: patches, temporal: windows.frames, joint: patches * windows.frames }[axis];
}

/**
 * The sentence about one model, as fixviz.reading.verdict words it.
 *
 * @param {Model} model
 * @param {object} seen
 * @param {number} seen.frame
 * @param {View["axis"]} seen.axis
 * @param {number | null} seen.support keys that a query looks at, as learned; null where it is not known
 * @param {number | null} seen.supportOff the same with the ratios of this attention off
 * @param {Record<string, string>} templates sentences with {names}, see fixviz.reading.texts.verdict
 */
export function sentenceOf(model, { frame, axis, support, supportOff }, templates) {
  const window = model.window_of_frame[frame];
  const fill = (name, words) => templates[name].replace(/\{(\w+)\}/g, (_, key) => words[key]);
  const say = (probabilities) => {
    const { name, probability, ...rest } = answerOf(model, window, probabilities);
    const mark = markOf(rest);
    return mark
      ? fill("judged", { name, mark: templates[mark] })
      : fill("open", { name, share: percent(probability) });
  };
  const off = {
    support: support !== null && supportOff !== null ? keyCount(supportOff) : null,
    answer: model.probabilities_ratios_off ? say(model.probabilities_ratios_off) : null,
  };
  const half = off.support === null ? "off_answers" : "off_looks";
  const form = off.support !== null && off.answer !== null ? "off_both" : half;
  const words = {
    model: model.title,
    answer: say(model.probabilities),
    off: off.support === null && off.answer === null ? "" : fill(form, off),
  };
  if (support === null) return fill("answers", words);
  return fill("looks", {
    ...words,
    support: keyCount(support),
    keys: String(keysOf(model, axis)),
    what: templates[axis],
  });
}

/**
 * Query parameters with which What if opens on the change that the dial and the switches make to a model.
 *
 * @param {Manifest} manifest
 * @param {Model} model
 * @param {View} view
 * @returns {Record<string, string>}
 */
export function whatIfParameters(manifest, model, view) {
  const { axis, layer, frame, alpha, off, head } = view;
  const own = new Set(directionsOf(model, axis).map(({ label }) => label));
  const left = (off ? off.split(".") : [])
    .map((n) => runDirections(manifest, axis)[Number(n)].label)
    .filter((label) => own.has(label));
  // As fixviz.analysis.what_if.plain writes changes into links.
  const changes = left.map((label) => `neighbor.${label.replaceAll(" ", "-")}.l${layer}`);
  if (alpha !== 1 && model.fixation !== "none")
    changes.push(`dial.${Math.round(100 * alpha)}.l${layer}.${axis[0]}`);
  return {
    model: model.name,
    axis,
    layer: String(layer),
    frame: String(frame),
    ...(typeof head === "number" ? { head: String(head) } : {}),
    change: changes.join("_"),
  };
}
