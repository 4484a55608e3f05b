import assert from "node:assert/strict";
import { test } from "node:test";

import {
  area,
  band,
  gapOf,
  lead,
  oppositePairs,
  places,
  valueAt,
  widest,
} from "../../fixviz/browser/course/figures/evidence_math.js";

const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-12, `${found}`);

test("pairs in opposite order", () => {
  assert.deepEqual(oppositePairs([1, 2, 3], [1, 2, 3]), { opposite: 0, all: 3 });
  assert.deepEqual(oppositePairs([1, 2, 3], [3, 2, 1]), { opposite: 3, all: 3 });
  // Of 1-2, 1-3, 2-3 only the last is turned round.
  assert.deepEqual(oppositePairs([1, 2, 3], [1, 3, 2]), { opposite: 1, all: 3 });
  // A pair that is equal is in no order.
  assert.deepEqual(oppositePairs([1, 2], [5, 5]), { opposite: 0, all: 1 });
});

test("places count from the largest, and equal numbers keep their order", () => {
  assert.deepEqual(places([0.2, 0.9, 0.5]), [2, 0, 1]);
  assert.deepEqual(places([1, 1, 2]), [1, 2, 0]);
});

test("the lead is that of the classes left, and all that comes from one class goes with it", () => {
  const linear = { left: 0.9, circle: 0.5, turn: 0.8 };
  const fixation = { left: 0.9, circle: 1, turn: 0.9 };
  near(lead(linear, fixation), 0.2);
  near(lead(linear, fixation, ["circle"]), 0.05);
  assert.deepEqual(widest(linear, fixation, 2), ["circle", "turn"]);
  assert.ok(Number.isNaN(lead(linear, fixation, ["left", "circle", "turn"])));
});

test("area under a curve, by trapezoids", () => {
  near(area([0, 0.5, 1], [1, 1, 1]), 1);
  near(area([0, 0.5, 1], [1, 0, 0]), 0.25);
  near(area([0, 0.25, 1], [0, 1, 1]), 0.875);
});

test("a curve between its points", () => {
  const [x, y] = [
    [0, 0.5, 1],
    [1, 0, 0.4],
  ];
  near(valueAt(x, y, 0.25), 0.5);
  near(valueAt(x, y, 0.75), 0.2);
  near(valueAt(x, y, -1), 1);
  near(valueAt(x, y, 2), 0.4);
});

test("the band reaches from the lowest to the highest curve", () => {
  assert.deepEqual(
    band([
      [1, 0.2],
      [0.8, 0.6],
      [0.9, 0.1],
    ]),
    { low: [0.8, 0.1], high: [1, 0.6] },
  );
});

test("a drawn curve lies above, below, or on both sides of the measured one", () => {
  const measured = { x: [0, 0.5, 1], y: [1, 0, 0] };
  const above = gapOf({ x: [0, 1], y: [1, 0] }, measured);
  near(above.bias, 0.5 / 3);
  near(above.distance, 0.5 / 3);
  const both = gapOf({ x: [0, 0.5, 1], y: [0.9, 0.1, 0] }, measured);
  near(both.bias, 0);
  near(both.distance, 0.2 / 3);
});
