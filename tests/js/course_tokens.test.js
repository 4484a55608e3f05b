/* Where tokens lie and what they see, counted by hand on a frame of 10 x 7 pixels. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  gaps,
  gridOf,
  pickOutcome,
  placeOutcome,
  sharedPixel,
  shareOutside,
  shareUnseen,
  strideOutcome,
  tokensSeeing,
  windowOf,
} from "../../fixviz/browser/course/figures/tokens_math.js";
import { assertClose } from "./known.js";

/** Centers at x = 0, 3, 6, 9 and y = 0, 3, 6; squares reach 2 pixels around them. */
const CUT = { width: 10, height: 7, patch: 4, stride: 3 };

test("the number of tokens counts the centers on the border, too", () => {
  assert.deepEqual(gridOf(CUT), { rows: 3, columns: 4, count: 12 });
  assert.equal(gridOf({ ...CUT, stride: 5 }).count, 2 * 3);
  assert.equal(gridOf({ ...CUT, stride: 11 }).count, 1);
});

test("the number of tokens is the published model's", () => {
  const official = { width: 224, height: 224, patch: 16, stride: 14 };
  assert.deepEqual(gridOf(official), { rows: 17, columns: 17, count: 289 });
});

test("the size of a patch leaves the number of tokens as it is", () => {
  for (const patch of [2, 4, 8]) assert.equal(gridOf({ ...CUT, patch }).count, 12);
});

test("the square of a token lies around its center", () => {
  assert.deepEqual(windowOf(CUT, { row: 2, column: 1 }), { x: 1, y: 4, size: 4 });
  assert.deepEqual(windowOf(CUT, { row: 0, column: 0 }), { x: -2, y: -2, size: 4 });
});

test("the share of a square beyond the frame", () => {
  assert.equal(shareOutside(CUT, { row: 0, column: 0 }), 3 / 4);
  assert.equal(shareOutside(CUT, { row: 1, column: 1 }), 0);
  // Columns 7 to 10 and rows 4 to 7: one column and one row of four lie outside.
  assert.equal(shareOutside(CUT, { row: 2, column: 3 }), 1 - 9 / 16);
});

test("the tokens that see a pixel", () => {
  // x 4 lies in 1..4 (column 1) and 4..7 (column 2); y 3 in 1..4 alone.
  assert.deepEqual(tokensSeeing(CUT, { x: 4, y: 3 }), [
    { row: 1, column: 1 },
    { row: 1, column: 2 },
  ]);
  assert.equal(tokensSeeing(CUT, { x: 4, y: 4 }).length, 4);
  assert.deepEqual(tokensSeeing(CUT, { x: 0, y: 0 }), [{ row: 0, column: 0 }]);
  assert.deepEqual(tokensSeeing({ ...CUT, patch: 2 }, { x: 1, y: 0 }), []);
});

test("the shared pixel lies in the cell of its token and in the square of the next one", () => {
  for (const cut of [
    { ...CUT, patch: 12, stride: 8, width: 85, height: 64 },
    { ...CUT, patch: 16, stride: 14, width: 224, height: 224 },
    { ...CUT, patch: 8, stride: 6, width: 64, height: 64 },
  ]) {
    const pixel = sharedPixel(cut, { row: 2, column: 3 });
    assert.deepEqual(tokensSeeing(cut, pixel), [
      { row: 2, column: 3 },
      { row: 2, column: 4 },
    ]);
    assert.ok(pixel.x + 0.5 < 3.5 * cut.stride);
  }
});

test("pixels between the squares are seen by nobody", () => {
  assert.equal(shareUnseen(CUT), 0);
  // The last row of squares ends at y = 6 of 7.
  assertClose([shareUnseen({ ...CUT, patch: 4, stride: 4 })], [1 - 6 / 7]);
  // Squares of 2: x in 0, 2, 3, 5, 6, 8, 9 of 10, y in 0, 2, 3, 5, 6 of 7.
  assertClose([shareUnseen({ ...CUT, patch: 2 })], [1 - (7 / 10) * (5 / 7)]);
  assert.deepEqual(gaps({ ...CUT, patch: 2 }, 10), [
    [1, 2],
    [4, 5],
    [7, 8],
  ]);
});

test("the rule by which a center was put is told", () => {
  const cut = { width: 85, height: 64, patch: 12, stride: 8 };
  const place = { row: 2, column: 5 };
  const outcome = (x, y) => placeOutcome(cut, place, { x, y });
  assert.equal(outcome(40, 16), "right");
  assert.equal(outcome(42, 14), "right");
  assert.equal(outcome(44, 20), "corner");
  assert.equal(outcome(16, 40), "swapped");
  assert.equal(outcome(60, 24), "patch");
  assert.equal(outcome(40, 30), "other");
});

test("picked tokens are compared with those that see the pixel", () => {
  const [a, b, c] = [0, 1, 2].map((column) => ({ row: 0, column }));
  assert.equal(pickOutcome([b, a], [a, b]), "right");
  assert.equal(pickOutcome([a], [a, b]), "missing");
  assert.equal(pickOutcome([a, c], [a, b]), "extra");
  assert.equal(pickOutcome([a, b, c], [a, b]), "extra");
});

test("a stride is compared by the tokens that it gives", () => {
  assert.equal(strideOutcome(CUT, 12), "right");
  assert.equal(strideOutcome(CUT, 11), "more");
  assert.equal(strideOutcome(CUT, 13), "fewer");
});
