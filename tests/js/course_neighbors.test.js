/* Neighbors of a small grid, followed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  backwardOutcome,
  comesFrom,
  shifted,
  sourceOutcome,
  tablesOutcome,
} from "../../fixviz/browser/course/figures/neighbors_math.js";
import { neighborPlace } from "../../fixviz/browser/player/attention/index.js";
import { assertClose, smallLayer } from "./known.js";

const GRID = { rows: 2, columns: 3 };
const BELOW = { dy: 1, dx: 0, keeps_own: false };
const ABOVE_LEFT = { dy: -1, dx: -1, keeps_own: true };

test("a channel comes from the neighbor; at the border it is 0, or the token's own for a diagonal", () => {
  assert.deepEqual(comesFrom(BELOW, GRID, { row: 0, column: 2 }), { row: 1, column: 2 });
  assert.equal(comesFrom(BELOW, GRID, { row: 1, column: 2 }), "zero");
  assert.deepEqual(comesFrom(ABOVE_LEFT, GRID, { row: 1, column: 1 }), { row: 0, column: 0 });
  assert.equal(comesFrom(ABOVE_LEFT, GRID, { row: 1, column: 0 }), "own");
});

test("a whole map after the shift", () => {
  const map = [1, 2, 3, 4, 5, 6];
  assertClose(shifted(map, BELOW, GRID), [4, 5, 6, 0, 0, 0]);
  assertClose(shifted(map, ABOVE_LEFT, GRID), [1, 2, 3, 4, 1, 2]);
});

test("the lesson follows the folds of the network", () => {
  const fold = { label: "", dt: 0, head: 0, start: 0, stop: 1, ...ABOVE_LEFT };
  const layer = smallLayer({ ...GRID, folds: [fold] }, {});
  for (let place = 0; place < 6; place++) {
    const from = comesFrom(ABOVE_LEFT, GRID, { row: Math.floor(place / 3), column: place % 3 });
    const expected = typeof from === "string" ? -1 : from.row * 3 + from.column;
    assert.equal(neighborPlace(layer, fold, place), expected);
  }
});

test("the mistakes in picking the source", () => {
  const token = { row: 4, column: 4 };
  const left = { dy: 0, dx: -1 };
  assert.equal(sourceOutcome({ row: 4, column: 3 }, token, left), "right");
  assert.equal(sourceOutcome({ row: 4, column: 5 }, token, left), "opposite");
  assert.equal(sourceOutcome({ row: 4, column: 4 }, token, left), "own");
  assert.equal(sourceOutcome({ row: 3, column: 4 }, token, left), "other");
});

test("the mistakes in picking the tables of models with neighbors", () => {
  const known = ["b", "d"];
  assert.equal(tablesOutcome(["d", "b"], known), "right");
  assert.equal(tablesOutcome(["a", "b"], known), "one");
  assert.equal(tablesOutcome(["a", "c"], known), "even");
});

test("the mistakes in predicting a clip played backward", () => {
  const known = {
    plain: { forward: 0.45, backward: 0.55 },
    hears: { forward: 1, backward: 0 },
  };
  assert.equal(backwardOutcome({ plain: 0.5, hears: 0.1 }, known), "right");
  assert.equal(backwardOutcome({ plain: 0.5, hears: 0.9 }, known), "kept");
  assert.equal(backwardOutcome({ plain: 0.9, hears: 0.1 }, known), "turned");
  // A model that moves by an amount between the two is not judged.
  const between = { half: { forward: 0.9, backward: 0.5 } };
  assert.equal(backwardOutcome({ half: 0.1 }, between), "right");
});
