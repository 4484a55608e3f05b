/* The target of a clip: its outline and the numbers of a panel, by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { caption } from "../../fixviz/browser/player/caption.js";
import { layOut } from "../../fixviz/browser/player/export/layout.js";
import {
  Targets,
  averagePrecision,
  borderOf,
  hasTarget,
  isHit,
} from "../../fixviz/browser/player/targets.js";
import { cleanView, defaultView } from "../../fixviz/browser/player/view.js";
import { assertClose, manifest } from "./known.js";

/** Patches of 16 x 32 display pixels; the first row and column reach half beyond the frame. */
const GRID = { rows: 3, columns: 5, stride: 8, display_per_model: [2, 4] };

const patches = (...on) => Array.from({ length: 15 }, (_, i) => on.includes(i));

test("the border goes around the patches on target, in as few lines as can be", () => {
  // Patches (1, 1), (1, 2) and (2, 2).
  assert.deepEqual(borderOf(patches(6, 7, 12), GRID), [
    [16, 8, 80, 8],
    [16, 24, 48, 24],
    [48, 40, 80, 40],
    [16, 8, 16, 24],
    [48, 24, 48, 40],
    [80, 8, 80, 40],
  ]);
  assert.deepEqual(borderOf(patches(0), GRID), [
    [-16, -8, 16, -8],
    [-16, 8, 16, 8],
    [-16, -8, -16, 8],
    [16, -8, 16, 8],
  ]);
  assert.deepEqual(borderOf(patches(), GRID), []);
});

test("average precision and the pointing game are those of Python", () => {
  // By rank: patch 2 on, 0 off, 3 on, 1 off: (1 / 1 + 2 / 3) / 2.
  const map = Float32Array.of(3, 1, 4, 2);
  assertClose([averagePrecision(map, [false, false, true, true])], [5 / 6], 1e-12);
  assert.ok(isHit(map, [false, false, true, true]));
  assert.ok(!isHit(map, [true, true, false, true]));
  // Equal ones keep the order of the patches.
  assertClose([averagePrecision(Float32Array.of(1, 1), [false, true])], [0.5], 1e-12);
  assert.ok(!isHit(Float32Array.of(1, 1), [false, true]));
});

/** The run of known.js with a target: frame 0 shows it, frame 1 does not, frame 2 has no mask. */
function masked() {
  const run = manifest();
  const [plain] = run.models;
  const covered = new Float32Array(5 * 15);
  covered.set([0.19, 0.5, 0.2], 0);
  // 0.2 as 16 bits hold it.
  covered[2] = 0.199951171875;
  covered.fill(NaN, 30, 45);
  const figures = new Float32Array(2 * 3 * 5).fill(NaN);
  for (const [head, value] of [0.1, 0.2, 0.6].entries()) figures[(1 * 3 + head) * 5] = value;
  const arrays = {
    [`${plain.name}/target`]: { shape: [5, 3, 5], values: covered },
    [`${plain.name}/temporal/mass_on_target`]: { shape: [2, 3, 5], values: figures },
    [`${plain.name}/temporal/baseline/mass_on_target`]: {
      shape: [5],
      values: Float32Array.of(0.15, NaN, NaN, 0.1, 0.1),
    },
    [`${plain.name}/temporal/baseline/pointing`]: {
      shape: [5],
      values: Float32Array.of(2 / 15, NaN, NaN, 0.1, 0.1),
    },
  };
  run.arrays = Object.fromEntries(Object.keys(arrays).map((name) => [name, name]));
  run.truth = { positive: 0.2, segments: [] };
  return { run, targets: new Targets(run, (name) => arrays[name]) };
}

const map = Float32Array.from({ length: 15 }, (_, i) => (i === 2 ? 9 : 15 - i));

test("a panel says how much of its attention is on the target, beside chance", () => {
  const { run, targets } = masked();
  const view = { ...defaultView(run), axis: "temporal", layer: 1, frame: 0 };
  assert.deepEqual(targets.lines(0, view, map), {
    lead: ["30 % on target, 2.0 × uniform"],
    fine: [
      "Pointing game: the patch that receives most is not on target (by chance 13 %)",
      // Ranks of the patches 1 and 2: 14 is second; 9 comes after 15, 14, 12, 11 and 10.
      `Average precision ${((1 / 2 + 2 / 6) / 2).toFixed(2)}`,
    ],
  });
  assert.deepEqual(targets.lines(0, { ...view, head: 2 }, map).lead, [
    "60 % on target, 4.0 × uniform",
  ]);
  assert.deepEqual(targets.lines(0, { ...view, frame: 1 }, map).lead, ["No target in this frame"]);
  assert.deepEqual(targets.lines(0, { ...view, frame: 2 }, map).lead, ["No mask for this frame"]);
  for (const other of [{ by: "slot" }, { show: "motion" }, { head: "max" }, { axis: "spatial" }])
    assert.deepEqual(targets.lines(0, { ...view, ...other }, map), { lead: [], fine: [] });
  assert.deepEqual(targets.lines(1, { ...view, layer: 0 }, map), { lead: [], fine: [] });
});

test("the outline is shown where the target is known, and can be left out", () => {
  const { run, targets } = masked();
  const view = { ...defaultView(run), frame: 0 };
  assert.equal(view.outline, "target");
  assert.deepEqual(targets.border(0, view), borderOf(patches(1, 2), GRID));
  assert.deepEqual(targets.border(0, { ...view, frame: 1 }), []);
  assert.deepEqual(targets.border(0, { ...view, frame: 2 }), []);
  assert.deepEqual(targets.border(1, view), []);
  const hidden = cleanView(run, { ...view, outline: "none" });
  assert.deepEqual(targets.border(0, hidden), []);
  assert.equal(cleanView(run, { outline: "all" }).outline, "target");
  assert.ok(hasTarget(run) && !hasTarget(manifest()));
  assert.match(caption(run, view), /Dashed outline: patches on target\./);
  assert.doesNotMatch(caption(run, hidden), /outline/);
  assert.doesNotMatch(caption(manifest(), view), /outline/);
});

test("an exported figure has the outline where its panel is", () => {
  const { items } = layOut(
    {
      display: { width: 300, height: 150 },
      view: { style: "blocks", overlay: 60 },
      caption: "",
      scale: { title: "T", heading: "H", mark: null, colors: "viridis", shared: null },
      theme: { background: "#fff", ink: "#000", muted: "#777", lines: [] },
      panels: [
        {
          ...{ title: "Clip", subtitle: "", name: null, line: null, grid: GRID, map: null },
          ...{ marks: [], border: [[0, 10, 150, 10]], absence: null },
        },
      ],
    },
    (text) => 6 * text.length,
  );
  const [border] = items.filter(({ kind }) => kind === "border");
  const { x, y, width } = border.clip;
  assert.equal(width, 300);
  assert.deepEqual(border.lines, [[x, y + 10, x + 150, y + 10]]);
});
