/* The view, its query parameters and its texts, by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { attributionFigures, attributionGroups } from "../../fixviz/browser/player/attributions.js";
import { caption, pictureLabel } from "../../fixviz/browser/player/caption.js";
import { rolloutFigures, rowFigures } from "../../fixviz/browser/player/figures.js";
import { number, percent, seconds } from "../../fixviz/browser/player/format.js";
import { gridRect, patchAt, patchRect, upsample } from "../../fixviz/browser/player/geometry.js";
import { marksOf } from "../../fixviz/browser/player/marks.js";
import { absence, quantitiesOf } from "../../fixviz/browser/player/quantities.js";
import * as query from "../../fixviz/browser/player/query.js";
import { notice, readout } from "../../fixviz/browser/player/readouts.js";
import { spreadFrames } from "../../fixviz/browser/player/thumbnails.js";
import { spread } from "../../fixviz/browser/player/timeline.js";
import { turnedMeans } from "../../fixviz/browser/player/turned.js";
import * as view from "../../fixviz/browser/player/view.js";
import { fits, isAffected } from "../../fixviz/browser/player/viewmaps.js";
import { assertClose, manifest } from "./known.js";

const RUN = manifest();
const [{ grid: GRID }, { grid: OTHER }] = RUN.models;

test("numbers are short", () => {
  const values = [
    0,
    1,
    0.12345,
    7.306,
    123.4,
    12345.6,
    0.00001234,
    123456,
    -0.5,
    NaN,
    null,
    undefined,
  ];
  const texts = ["0", "1", "0.123", "7.31", "123", "12300", "1.2e-5", "1.2e+5", "-0.5"];
  assert.deepEqual(values.map(number), [...texts, "undefined", "undefined", "undefined"]);
});

test("shares and seconds", () => {
  assert.deepEqual([0, 0.001, 0.005, 0.126, 1].map(percent), [
    "0 %",
    "< 1 %",
    "1 %",
    "13 %",
    "100 %",
  ]);
  assert.deepEqual([0, 1.006, 59.994, 59.996, 60, 119.999, 125.5].map(seconds), [
    "0.00 s",
    "1.01 s",
    "59.99 s",
    "1:00.00",
    "1:00.00",
    "2:00.00",
    "2:05.50",
  ]);
});

test("patches lie around their centers, the first half outside the frame", () => {
  // A cell is 8 * 4 wide and 8 * 2 high; on the canvas half of that.
  assert.deepEqual(patchRect(GRID, 0, 0, 1), { x: -16, y: -8, width: 32, height: 16 });
  assert.deepEqual(patchRect(GRID, 2, 3, 0.5), { x: 40, y: 12, width: 16, height: 8 });
  assert.deepEqual(gridRect(GRID, 1), { x: -16, y: -8, width: 160, height: 48 });
});

test("a point belongs to the patch whose center is nearest, or to none", () => {
  assert.deepEqual(patchAt(GRID, 0, 0, 1), { row: 0, column: 0 });
  assert.deepEqual(patchAt(GRID, 47, 23, 1), { row: 1, column: 1 });
  assert.deepEqual(patchAt(GRID, 49, 25, 1), { row: 2, column: 2 });
  assert.deepEqual(patchAt(GRID, 24, 12, 0.5), { row: 2, column: 2 });
  for (const [x, y] of [
    [0, 41],
    [145, 0],
    [0, -9],
    [-17, 0],
  ]) {
    assert.equal(patchAt(GRID, x, y, 1), null);
  }
});

test("interpolation keeps the centers and is linear between them", () => {
  const fine = upsample([0, 3, 6, 30, 60, NaN], 2, 3, 3);
  const row = (i) => fine.slice(9 * i, 9 * i + 9);
  assertClose(row(0), [0, 0, 1, 2, 3, 4, 5, 6, 6]);
  assertClose(row(1), row(0));
  assertClose(row(2).slice(0, 5), [10, 10, 14, 18, 22], 1e-5);
  assertClose(row(4).slice(0, 5), [30, 30, 40, 50, 60]);
  assert.ok(row(4).slice(5).every(Number.isNaN), "next to an undefined patch");
});

test("a view opens at its last layer, on the axis and frame that show most", () => {
  const base = view.defaultView(RUN);
  assert.deepEqual([base.frame, base.at, base.layer, base.head], [2, 2, 3, "mean"]);
  assert.deepEqual([base.axis, base.show, base.attribution], ["spatial", "attention", ""]);
  assert.deepEqual(view.urlParameters(RUN, base), {});
  assert.deepEqual(view.axesOf(RUN), ["spatial", "temporal"]);
});

test("what the run cannot show takes the default", () => {
  const wanted = {
    frame: "9",
    layer: "1",
    head: "-1",
    show: "x",
    axis: "joint",
    overlay: "",
    by: "key",
  };
  const found = view.cleanView(RUN, {
    ...wanted,
    alpha: "3.01",
    off: "0.7.0",
    versus: "2",
    query: "3-0.1-4.1-4",
  });
  assert.deepEqual([found.frame, found.layer, found.head, found.show], [2, 1, "mean", "attention"]);
  assert.deepEqual([found.axis, found.overlay, found.by], ["spatial", 60, "source"]);
  assert.deepEqual([found.alpha, found.off, found.versus, found.query], [1, "0", "none", "1-4"]);
  assert.deepEqual(view.urlParameters(RUN, found), { layer: "1", query: "1-4", off: "0" });
});

test("a view comes back from its query parameters", () => {
  const wanted = {
    ...{
      frame: "4",
      show: "row",
      layer: "0",
      head: "max",
      axis: "temporal",
      by: "slot",
      scale: "frame",
    },
    ...{ overlay: "0", style: "smooth", colors: "magma", query: "0-1.2-4", active: "1", at: "3" },
    ...{ alpha: "1.25", versus: "1" },
  };
  assert.deepEqual(view.urlParameters(RUN, view.cleanView(RUN, wanted)), wanted);
});

test("changes take along what follows from them", () => {
  const before = view.cleanView(RUN, { off: "1", query: "1-1", at: "1", frame: "1", show: "row" });
  const settle = (changes, settled = true) => view.settledView(RUN, before, changes, settled);
  assert.equal(settle({ axis: "temporal" }).off, "", "directions belong to an axis");
  assert.equal(settle({ frame: 4 }).at, 1, "the query stays at its frame");
  assert.equal(settle({ frame: 4, show: "rollout" }).at, 4, "which lies in the window in view");
  assert.equal(settle({ frame: 0, show: "rollout" }).at, 1, "as it does already");
  const pooled = { show: "rollout", query: "" };
  const rollout = view.settledView(RUN, before, pooled, true);
  assert.equal(view.settledView(RUN, rollout, { frame: 4 }, false).at, 1, "while it is dragged");
  assert.equal(view.settledView(RUN, rollout, { frame: 4 }, true).at, 4, "once it has settled");
});

test("the dial names the directions that are off", () => {
  const turned = view.cleanView(RUN, { off: "1", alpha: "0.5" });
  assert.deepEqual(view.dialOf(RUN, turned), { alpha: 0.5, switches: { "previous frame": false } });
  assert.deepEqual([view.isTurned(turned), view.isTurned(view.defaultView(RUN))], [true, false]);
  const [plain, fixed] = RUN.models;
  assert.deepEqual([isAffected(fixed, turned), isAffected(plain, turned)], [true, false]);
  assert.deepEqual([fits(fixed, turned), fits(plain, turned)], [true, false], "it has no layer 3");
});

test("query patches: reading, writing and cleaning", () => {
  assert.deepEqual(query.readQueries("1-2.0-4"), [
    { row: 1, column: 2 },
    { row: 0, column: 4 },
  ]);
  assert.deepEqual(query.readQueries(""), []);
  assert.equal(query.writeQueries([{ row: 1, column: 2 }]), "1-2");
  assert.equal(query.cleanQueries("1-2.x.3-0.0-5.1-2.0-0.2-2.1-1.0-1", GRID), "1-2.0-0.2-2.1-1");
  assert.equal(query.cleanQueries(undefined, GRID), "");
});

test("choosing and removing query patches", () => {
  const patch = { row: 2, column: 3 };
  const choose = (text, active, pin) => query.choose({ query: text, active }, patch, pin);
  assert.deepEqual(choose("", 0, false), { query: "2-3", active: 0 });
  assert.deepEqual(choose("0-0.1-1", 1, false), { query: "0-0.2-3", active: 1 });
  assert.deepEqual(choose("0-0.1-1", 1, true), { query: "0-0.1-1.2-3", active: 2 });
  assert.deepEqual(choose("2-3.1-1", 1, true), { query: "2-3.1-1", active: 0 });
  assert.deepEqual(choose("0-0.0-1.0-2.0-3", 2, true), { query: "0-0.0-1.2-3.0-3", active: 2 });
  const remove = (active, index) => query.remove({ query: "0-0.1-1.2-2", active }, index);
  assert.deepEqual(remove(2, 0), { query: "1-1.2-2", active: 1 });
  assert.deepEqual(remove(1, 0), { query: "1-1.2-2", active: 0 });
  assert.deepEqual(remove(2, 2), { query: "0-0.1-1", active: 1 });
  assert.deepEqual(remove(0, 1), { query: "0-0.2-2", active: 0 });
});

test("a query lies at the same place in another model's grid", () => {
  // (8, 16) model pixels of the one are row 0.67, column 1.33 of the other.
  assert.deepEqual(query.placeIn(OTHER, { row: 1, column: 2 }, GRID), { row: 1, column: 1 });
  assert.deepEqual(query.placeIn(OTHER, { row: 2, column: 4 }, GRID), { row: 1, column: 3 });
  assert.deepEqual(query.placeIn(GRID, { row: 1, column: 2 }, GRID), { row: 1, column: 2 });
  const small = { ...OTHER, rows: 1, columns: 2 };
  assert.deepEqual(query.placeIn(small, { row: 2, column: 4 }, GRID), { row: 0, column: 1 });
});

test("outlines of queries are faint where the maps belong to another frame", () => {
  const shown = view.cleanView(RUN, {
    show: "row",
    axis: "temporal",
    query: "1-2.0-0",
    active: "1",
    at: "1",
  });
  const [first, second] = marksOf(RUN, shown, OTHER);
  assert.deepEqual([first.row, first.column, first.active, first.faint], [1, 1, false, true]);
  assert.deepEqual([second.active, second.color], [true, "#ff9f1c"]);
  assert.equal(marksOf(RUN, { ...shown, axis: "spatial" }, OTHER)[0].faint, false);
});

test("labels keep their distance and order, and stay inside", () => {
  assert.deepEqual(spread([50, 52, 118, 119], 15, 10, 120), [50, 65, 105, 120]);
  assert.deepEqual(spread([60, 20, 0], 10, 10, 120), [60, 20, 10]);
  assert.deepEqual(spread([], 15, 10, 120), []);
});

test("small frames are spread over the clip, each at most once", () => {
  assert.deepEqual(spreadFrames(3, 12), [2, 6, 10]);
  assert.deepEqual(spreadFrames(5, 2), [0, 1]);
});

test("the caption names frame, window, quantity, attention and checkpoints", () => {
  const shown = view.cleanView(RUN, { frame: "3", layer: "1", head: "1", alpha: "2", off: "0" });
  assert.equal(
    caption(RUN, shown),
    "Frame 3 at 0.38 s (frame 9 of the video), window 1 (frames 2 to 4). Attention received, spatial " +
      "attention, layer 1, head 1, fixation ratios to the power 2, without next frame (only this attention is " +
      "changed, not its input), by source, one color scale for all models and frames. Checkpoints: plain " +
      "01234567, fixed 01234567.",
  );
  const mean = view.cleanView(RUN, { frame: "0", layer: "1" });
  assert.match(caption(RUN, mean), /window 0 \(frames 0 to 2\)\. .*, mean of heads, by source/);
});

test("the text alternative names the largest value and its patch", () => {
  const shown = view.defaultView(RUN);
  assert.equal(
    pictureLabel(RUN.models[1], RUN, shown, { index: 6, value: 2.345 }, OTHER),
    "Attention received of Fixed, frame 2 at 0.25 s. Largest value 2.35 at patch row 1, column 2.",
  );
});

test("the line under a picture tells the value under the pointer, or the largest", () => {
  const map = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 0.5);
  const options = { best: { index: 6, value: 7 }, quantity: { unit: "px" }, signed: false };
  assert.deepEqual(readout(RUN.models[1], map, { ...options, hover: null }), {
    line: "Largest 7 px",
    place: "Largest 7 px, at row 1, column 2",
  });
  const hover = { row: 1, column: 3 };
  const signed = { ...options, hover, signed: true, difference: true, quantity: { unit: "" } };
  assert.deepEqual(readout(RUN.models[1], map, signed), {
    line: "+0.5 at row 1, column 3",
    place: "Largest difference +7, at row 1, column 2",
  });
});

test("why a panel has no map", () => {
  const [plain, fixed] = RUN.models;
  const title = (model, wanted, state = {}) => {
    const nothing = { map: null, query: "", row: null, progress: null };
    return notice(RUN, model, view.cleanView(RUN, wanted), { ...nothing, ...state })?.title;
  };
  assert.equal(title(plain, { layer: "3" }), "Not in this model");
  assert.equal(title(plain, { layer: "1" }), "No spatial attention");
  assert.equal(title(fixed, { show: "row" }), "No query yet");
  const row = { start: 2, maps: [1, 1, 1] };
  assert.equal(title(fixed, { show: "row" }, { query: "1-1", row }), "Another window");
  assert.equal(
    title(fixed, { show: "row" }, { query: "1-1", map: undefined, progress: "" }),
    "Computing",
  );
  assert.equal(
    title(plain, { show: "ratio-key", axis: "temporal", layer: "1" }, { map: undefined }),
    "Not learned",
  );
  const shown = view.cleanView(RUN, { show: "neighbor-key", axis: "temporal" });
  assert.equal(absence(plain, shown, true).title, "No neighbors");
});

test("the numbers of a row and of a rollout", () => {
  const figures = { effectiveSupport: 3.14159, entropy: 1.2345, concentration: 0.25, topMass: 0.5 };
  const facts = { patches: "8 patches", rebuild: 2.3e-7, stored: 0, turned: false, joined: null };
  const { lead, fine } = rowFigures({ sum: 1, figures, outside: 0.125 }, facts);
  assert.deepEqual(lead, ["Looks at about 3.1 of 8 patches"]);
  assert.deepEqual(fine.slice(0, 2), [
    "Entropy 1.23 nats, concentration 0.25, top 10\u00a0%: 50 %",
    "Row sums to 1.0000, 13 % of it beyond the border",
  ]);
  assert.match(fine[2], /^Rebuilds the output to 2e-7: /);
  assert.match(fine[3], /by at most 0 of the largest$/);
  const max = rowFigures(
    { sum: null, figures: null, outside: 0 },
    { ...facts, turned: true, stored: null },
  );
  assert.deepEqual(max, { lead: [], fine: [] });
  const rollout = { outside: 0.0625, totals: [0.5, 0.4375] };
  assert.deepEqual(rolloutFigures(rollout, 5, 4).lead, [
    "44 % in this frame, 6 % beyond the border",
  ]);
  assert.deepEqual(rolloutFigures(rollout, 6, 4).lead, []);
});

test("the mean concentration before and after the dial", () => {
  const learned = [Float32Array.of(0.25, 0.75), Float32Array.of(0.5, 0.5)];
  const one = [null, Float32Array.of(1, 0.5)];
  const both = [Float32Array.of(0, 0), Float32Array.of(1, 0.5)];
  assert.equal(
    turnedMeans(RUN.models, learned, one),
    "Mean concentration: 0.5 as learned, 0.75 now.",
  );
  assert.equal(
    turnedMeans(RUN.models, learned, both),
    "Mean concentration: plain 0.5 as learned, 0 now; fixed 0.5 as learned, 0.75 now.",
  );
  assert.equal(turnedMeans(RUN.models, learned, [null, null]), "");
});

test("attributions of equal arguments form a group, with a title of its own", () => {
  const entry = (model, group, more = {}) => ({
    ...{
      model,
      group,
      title: "Occlusion",
      signed: true,
      unit: "fall of the logit",
      uses_target: true,
    },
    ...{
      target: { index: 1, name: "right", predicted: false },
      windows: [0],
      options: { block: 2 },
    },
    ...more,
  });
  const entries = [
    entry("plain", "a", { options: { block: 1, window: null } }),
    entry("fixed", "b"),
    entry("plain", "b"),
    entry("fixed", "c", { title: "Rollout", uses_target: false }),
  ];
  const run = { ...manifest(), attributions: entries };
  const groups = attributionGroups(run);
  assert.deepEqual(
    groups.map(({ id, title }) => [id, title]),
    [
      ["b", "Occlusion, right, block 2, windows 0"],
      ["a", "Occlusion, right, block 1, window last, windows 0"],
      ["c", "Rollout"],
    ],
  );
  assert.deepEqual(
    groups[0].entries.map(({ model }) => model),
    ["plain", "fixed"],
  );
  assert.equal(view.defaultView(run).attribution, "b");
  assert.ok(
    quantitiesOf(run).includes("attribution") && !quantitiesOf(RUN).includes("attribution"),
  );
});

test("an attribution that has not converged says so", () => {
  const entry = {
    uses_target: true,
    target: { name: "right", predicted: true },
    windows: [1],
    convergence_delta: [0.0123],
    relative_delta: [0.0512],
    steps: [64],
  };
  const model = RUN.models[0];
  assert.deepEqual(attributionFigures(entry, model, 3), [
    "For the class “right”, this model's own answer",
    "Sum less the change of the logit: 1.2e-2 (5.12 % of it, 64 steps)",
    "Not converged: the numbers miss the change of the logit by 5.12 %",
  ]);
  assert.equal(attributionFigures({ ...entry, relative_delta: [0.0488] }, model, 3).length, 2);
  assert.equal(
    attributionFigures(entry, model, 0).length,
    1,
    "the frame takes its maps from window 0",
  );
});
