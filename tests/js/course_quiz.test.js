import assert from "node:assert/strict";
import { test } from "node:test";

import {
  isRight,
  normalizedGain,
  pairsOf,
  scoreOf,
} from "../../fixviz/browser/course/quiz_score.js";

/** A question whose option "yes" is right. */
const item = (pair, form, transfer = false) => ({
  step: `${pair}-${form}`,
  title: pair,
  html: "",
  pair,
  form,
  transfer,
  ask: {
    question: "",
    options: [
      { id: "no", text: "", right: false, feedback: "" },
      { id: "yes", text: "", right: true, feedback: "" },
    ],
  },
});
const names = ["a", "b", "c", "d", "new"];
const items = names
  .flatMap((name) => [item(name, "after", name === "new"), item(name, "before", name === "new")])
  .reverse();

test("no answer, and an answer that is no option any more, is not right", () => {
  assert.equal(isRight(items[0], "yes"), true);
  assert.equal(isRight(items[0], "no"), false);
  assert.equal(isRight(items[0], "unsure"), false);
  assert.equal(isRight(items[0], undefined), false);
});

test("pairs join both forms whatever their order in the file", () => {
  const pairs = pairsOf(items, { before: { a: "no", b: "yes" }, after: { a: "yes", b: "no" } });
  assert.deepEqual(pairs.map(({ pair }) => pair).sort(), [...names].sort());
  const a = pairs.find(({ pair }) => pair === "a");
  assert.equal(a.items.before.step, "a-before");
  assert.equal(a.items.after.step, "a-after");
  assert.deepEqual(a.right, { before: false, after: true });
  assert.deepEqual(
    pairs.filter(({ transfer }) => transfer).map(({ pair }) => pair),
    ["new"],
  );
});

test("the score counts what was gained and what was lost", () => {
  const pairs = pairsOf(items, {
    before: { a: "no", b: "yes", c: "yes", d: "no" },
    after: { a: "yes", b: "no", c: "yes", d: "yes", new: "yes" },
  });
  const core = scoreOf(pairs.filter(({ transfer }) => !transfer));
  assert.deepEqual(core, { count: 4, before: 2, after: 3, gained: 2, lost: 1, gain: 0.5 });
  const transfer = scoreOf(pairs.filter((pair) => pair.transfer));
  assert.deepEqual(transfer, { count: 1, before: 0, after: 1, gained: 1, lost: 0, gain: 1 });
});

test("the normalized gain is a share of what was left to learn", () => {
  assert.equal(normalizedGain(2, 5, 8), 0.5);
  assert.equal(normalizedGain(4, 3, 8), -0.25);
  assert.equal(normalizedGain(8, 8, 8), null);
});
