/* Answers, marks, sentences and links of the verdict, by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cellText, placeOf, rowText } from "../../fixviz/browser/player/answers.js";
import * as verdict from "../../fixviz/browser/player/verdict.js";
import { cleanView } from "../../fixviz/browser/player/view.js";
import { manifest } from "./known.js";

const TEMPLATES = {
  looks: "{model} sees {support} of {keys} {what}, says {answer}{off}.",
  answers: "{model} says {answer}{off}.",
  off_both: "; off {support}, {answer}",
  off_looks: "; off {support}",
  off_answers: "; off {answer}",
  judged: "{name} ({mark})",
  open: "{name} [{share}]",
  spatial: "patches",
  temporal: "frames",
  joint: "patches of frames",
  correct: "yes",
  wrong: "no",
};

/** A model of 5 frames in two windows, which show "left" and nothing. */
function model(changes = {}) {
  return {
    ...manifest().models[0],
    title: "Model",
    window_truth: ["left", null],
    probabilities: [
      [0.25, 0.75],
      [0.6, 0.4],
    ],
    ...changes,
  };
}

test("the answer is the most probable class, marked where the window's class is known", () => {
  const answer = (changes, window) => verdict.answerOf(model(changes), window);
  assert.deepEqual(answer({}, 0), { name: "right", probability: 0.75, correct: false });
  assert.deepEqual(answer({}, 1), { name: "left", probability: 0.6, correct: null });
  assert.equal(answer({ window_truth: ["right", null] }, 0).correct, true);
  assert.equal(answer({ window_truth: ["dance", null] }, 0).correct, null);
  assert.equal(answer({ window_truth: undefined }, 0).correct, null);
  const off = [
    [1, 0],
    [0, 1],
  ];
  assert.equal(verdict.answerOf(model(), 0, off).correct, true);
  assert.deepEqual(
    [true, false, null].map((correct) => verdict.markOf({ correct })),
    ["correct", "wrong", null],
  );
});

test("windows stretch over the frames that take their maps from them", () => {
  assert.deepEqual(verdict.windowStretches(model()), [
    { window: 0, first: 0, last: 1 },
    { window: 1, first: 2, last: 4 },
  ]);
});

test("motions lie on the analyzed frames, and one between two of them is left out", () => {
  const run = {
    frames: { index: [0, 3, 6, 9] },
    truth: {
      segments: [
        { class: "left", first_frame: 1, last_frame: 6 },
        { class: "up", first_frame: 7, last_frame: 8 },
        { class: "right", first_frame: 6, last_frame: 20 },
      ],
    },
  };
  assert.deepEqual(verdict.motionsOf(run), [
    { name: "left", first: 1, last: 2 },
    { name: "right", first: 2, last: 3 },
  ]);
  const motions = verdict.motionsOf(run);
  assert.deepEqual(verdict.motionsIn(motions, 0), []);
  assert.deepEqual(verdict.motionsIn(motions, 2), ["left", "right"]);
  assert.deepEqual(verdict.motionsOf({ ...run, truth: null }), []);
});

test("sentences hold what is known, and nothing else", () => {
  const seen = { frame: 0, axis: "spatial", support: 12.4, supportOff: 9.96 };
  const say = (changes, more = {}) =>
    verdict.sentenceOf(model(changes), { ...seen, ...more }, TEMPLATES);
  const off = {
    probabilities_ratios_off: [
      [1, 0],
      [0.3, 0.7],
    ],
  };
  assert.equal(say(off), "Model sees 12 of 15 patches, says right (no); off 10, left (yes).");
  assert.equal(
    say(off, { supportOff: null }),
    "Model sees 12 of 15 patches, says right (no); off left (yes).",
  );
  assert.equal(say({}), "Model sees 12 of 15 patches, says right (no); off 10.");
  assert.equal(say({}, { supportOff: null }), "Model sees 12 of 15 patches, says right (no).");
  assert.equal(say(off, { support: null }), "Model says right (no); off left (yes).");
  // Frame 3 is of the window that shows nothing.
  assert.equal(
    say(off, { frame: 3, axis: "temporal", support: 1.25, supportOff: 2.96 }),
    "Model sees 1.3 of 3 frames, says left [60 %]; off 3.0, right [70 %].",
  );
  assert.match(say({}, { axis: "joint" }), /12 of 45 patches of frames/);
});

test("What if opens on what the dial and the switches change in this model", () => {
  const run = manifest();
  const [first, second] = run.models;
  const fixated = {
    ...second,
    fixation: "cooperative",
    neighbors: {
      spatial: [
        { label: "next frame", dt: 1, dy: 0, dx: 0, heads: [0], channels: 1 },
        { label: "above left", dt: 0, dy: -1, dx: -1, heads: [0], channels: 1 },
      ],
    },
  };
  const whole = { ...run, models: [{ ...first, fixation: "none", neighbors: {} }, fixated] };
  const view = cleanView(whole, { alpha: "0.3", off: "0.1", layer: "1", head: "0", frame: "2" });
  assert.deepEqual(verdict.whatIfParameters(whole, fixated, view), {
    model: fixated.name,
    axis: "spatial",
    layer: "1",
    frame: "2",
    head: "0",
    change: "neighbor.next-frame.l1_neighbor.above-left.l1_dial.30.l1.s",
  });
  // Nothing of that is in the other model, and 1 is as learned.
  assert.equal(verdict.whatIfParameters(whole, whole.models[0], view).change, "");
  const one = { ...view, alpha: 1, off: "1", head: "mean" };
  assert.equal(verdict.whatIfParameters(whole, fixated, one).change, "neighbor.above-left.l1");
  assert.equal("head" in verdict.whatIfParameters(whole, fixated, one), false);
  // In binary, 100 * 0.29 is less than 29.
  assert.match(
    verdict.whatIfParameters(whole, fixated, { ...view, alpha: 0.29 }).change,
    /dial\.29/,
  );
});

test("cells lie on the time axis, whose ends are the first and last frame", () => {
  assert.deepEqual(placeOf({ first: 0, last: 1 }, 5), { left: 0, width: 37.5 });
  assert.deepEqual(placeOf({ first: 2, last: 4 }, 5), { left: 37.5, width: 62.5 });
  assert.deepEqual(placeOf({ first: 0, last: 0 }, 1), { left: 0, width: 100 });
});

test("cells and rows say in words what they show", () => {
  const [first, second] = verdict.windowStretches(model());
  assert.equal(
    cellText(model(), first),
    "Frames 0 to 1: answers “right” (75 %); the window shows “left”: wrong",
  );
  assert.equal(
    cellText(model(), second),
    "Frames 2 to 4: answers “left” (60 %); no motion labeled",
  );
  assert.match(
    cellText(model({ window_truth: ["dance", null] }), first),
    /not one of its classes$/,
  );
  assert.equal(rowText(model()), "Model: 0 of 1 windows correct");
  assert.equal(
    rowText(model({ window_truth: ["right", "left"] })),
    "Model: 2 of 2 windows correct",
  );
});
