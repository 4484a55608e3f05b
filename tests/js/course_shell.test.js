/* What the course's frame decides without a browser: answers, places, texts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, searchOf } from "../../fixviz/browser/course/address.js";
import { answersFile } from "../../fixviz/browser/course/answers.js";
import { namesOf } from "../../fixviz/browser/course/figures.js";
import { judge, readNumber } from "../../fixviz/browser/course/numbers.js";
import { luminance } from "../../fixviz/browser/course/parts/matrix.js";
import { ticks } from "../../fixviz/browser/course/parts/plot.js";
import { Progress } from "../../fixviz/browser/course/progress.js";
import { fill, teller } from "../../fixviz/browser/course/words.js";

/** A storage like the browser's. */
function storage(content = {}) {
  const kept = new Map(Object.entries(content));
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    kept,
  };
}

test("a number is read however people write it", () => {
  for (const [text, value] of [
    ["99", 99],
    [" 1 584 ", 1584],
    ["1,584", 1584],
    ["1,584.5", 1584.5],
    ["0,25", 0.25],
    [".25", 0.25],
    ["25 %", 0.25],
    ["2e3", 2000],
    ["−3", -3],
  ])
    assert.equal(readNumber(text), value, text);
  for (const text of ["", "many", "1.2.3", "12 patches", "1,2,3"])
    assert.ok(Number.isNaN(readNumber(text)), text);
});

test("a whole number must be exact, another may be rounded to what is shown", () => {
  assert.equal(judge(99, { answer: 99 }), "right");
  assert.equal(judge(98, { answer: 99 }), "low");
  assert.equal(judge(100, { answer: 99 }), "high");
  assert.equal(judge(0.123, { answer: 0.12345 }), "right");
  assert.equal(judge(0.12, { answer: 0.12345 }), "low");
  assert.equal(judge(0, { answer: 0 }), "right");
});

test("a tolerance is relative, and a known mistake has its own outcome", () => {
  const ask = { answer: 20, within: 0.2, mistakes: [{ answer: 99 }, { answer: 5 }] };
  assert.equal(judge(16, ask), "right");
  assert.equal(judge(24, ask), "right");
  assert.equal(judge(15.9, ask), "low");
  assert.equal(judge(99, ask), "mistake-0");
  assert.equal(judge(5, ask), "mistake-1");
  assert.equal(judge(98, ask), "high");
});

test("the first answer's outcome stays, and all is there after a reload", () => {
  const kept = storage();
  const progress = new Progress(/** @type {any} */ (kept));
  progress.visit("tokens", "grid");
  progress.keep("tokens", "grid", 9, "low");
  progress.keep("tokens", "grid", 99, "right");
  progress.keepQuiz({ before: { order: "a" }, after: {} });
  const again = new Progress(/** @type {any} */ (kept));
  assert.deepEqual(again.answer("tokens", "grid"), {
    answer: 99,
    outcome: "right",
    tries: 2,
    first: "low",
    firstAnswer: 9,
  });
  assert.equal(again.step("tokens"), "grid");
  assert.deepEqual(again.seen("tokens"), ["grid"]);
  assert.deepEqual(again.quiz, { before: { order: "a" }, after: {} });
  again.startOver();
  assert.equal(new Progress(/** @type {any} */ (kept)).answer("tokens", "grid"), null);
});

test("a storage that is damaged, full or forbidden costs the answers of earlier visits only", () => {
  const full = { getItem: () => "{", setItem: () => assert.fail("full") };
  const thrown = {
    ...full,
    setItem: () => {
      throw new Error("full");
    },
  };
  for (const one of [null, thrown]) {
    const progress = new Progress(/** @type {any} */ (one));
    progress.keep("tokens", "grid", 1, "right");
    assert.equal(progress.answer("tokens", "grid").outcome, "right");
  }
});

test("the address names lesson and step, and keeps what others wrote into it", () => {
  assert.deepEqual(placeOf("?run=x&lesson=price&step=guess"), { lesson: "price", step: "guess" });
  assert.equal(
    searchOf("?run=x&lang=zh", { lesson: "price", step: "guess" }),
    "?run=x&lang=zh&lesson=price&step=guess",
  );
  assert.equal(searchOf("?lesson=price&step=guess&run=x", { lesson: null, step: null }), "?run=x");
  assert.equal(searchOf("?lesson=price", { lesson: null, step: null }), "");
});

test("a text shows a place without a value, and a key without a text", () => {
  assert.equal(fill("{n} of {count}", { n: 2, count: 7 }), "2 of 7");
  assert.equal(fill("{n} of {count}", { n: 2 }), "2 of {count}");
  const words = teller({ step: "Step {n}" });
  assert.equal(words("step", { n: 3 }), "Step 3");
  assert.equal(words("missing"), "missing");
});

test("a figure's name leads to its module and function", () => {
  assert.deepEqual(namesOf("token-grid"), {
    module: "./figures/token_grid.js",
    exported: "tokenGrid",
  });
});

test("ticks are round numbers within the axis", () => {
  assert.deepEqual(ticks(0, 1, false), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(ticks(0, 99, false), [0, 25, 50, 75]);
  assert.deepEqual(ticks(10, 100000, true), [10, 100, 1000, 10000, 100000]);
});

test("the file of answers says what it is and holds no more than the answers", () => {
  const progress = new Progress(null);
  progress.keep("tokens", "grid", 99, "right");
  const now = new Date("2026-11-27T10:00:00Z");
  const file = answersFile(progress, { language: "zh", now });
  assert.equal(file.name, "fixviz-answers-2026-11-27.json");
  const content = JSON.parse(file.text);
  assert.deepEqual(Object.keys(content), [
    "kind",
    "version",
    "language",
    "saved",
    "learner",
    "nickname",
    "lessons",
    "quiz",
  ]);
  assert.deepEqual([content.version, content.nickname], [2, ""]);
  assert.match(content.learner, /^[0-9a-f]{16}$/);
  assert.equal(content.lessons.tokens.answers.grid.answer, 99);
});

test("luminance runs from black to white, and is that of WCAG between", () => {
  assert.equal(luminance(0, 0, 0), 0);
  assert.ok(Math.abs(luminance(255, 255, 255) - 1) < 1e-12);
  assert.ok(Math.abs(luminance(119, 119, 119) - 0.1845) < 1e-3, "#777777");
});
