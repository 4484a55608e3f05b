/* Where the target is known: its outline over the pictures, and how much of the attention lies on it. */

/** @import { Grid, Line, Manifest, View } from "./types.d.ts" */

import { percent } from "./format.js";
import { patchRect } from "./geometry.js";
import { frameSlice, metricCurve } from "./maps.js";
import { fits } from "./viewmaps.js";

/** Covered fractions are stored in 16 bits, which may round them down by this share. */
const ROUNDED = 1 - 2 ** -11;

/** Whether the target of some model's clip is known. */
export function hasTarget({ arrays, models }) {
  return models.some(({ name }) => `${name}/target` in arrays);
}

/**
 * The border of the patches on target, as lines in display pixels; those that go on in the same direction are one.
 *
 * @param {boolean[]} on per patch
 * @param {Grid} grid
 * @returns {Line[]}
 */
export function borderOf(on, grid) {
  const { rows, columns } = grid;
  const at = (row, column) =>
    row >= 0 && column >= 0 && row < rows && column < columns && on[row * columns + column];
  const lines = [];
  const corner = (row, column) => patchRect(grid, row, column, 1);
  for (let row = 0; row <= rows; row++)
    for (const [from, to] of stretches(columns, (c) => at(row - 1, c) !== at(row, c))) {
      const { x, y } = corner(row, from);
      lines.push([x, y, corner(row, to).x, y]);
    }
  for (let column = 0; column <= columns; column++)
    for (const [from, to] of stretches(rows, (r) => at(r, column - 1) !== at(r, column))) {
      const { x, y } = corner(from, column);
      lines.push([x, y, x, corner(to, column).y]);
    }
  return lines;
}

/** Where a condition holds without a break: pairs of the first number and the one after the last. */
function stretches(count, holds) {
  const found = [];
  for (let i = 0; i < count; i++) {
    const last = found[found.length - 1];
    if (!holds(i)) continue;
    if (last?.[1] === i) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}

/** The mean, over the patches on target, of the share of patches on target among those that receive as much. */
export function averagePrecision(map, on) {
  const order = Array.from(map.keys()).sort((a, b) => map[b] - map[a] || a - b);
  let hits = 0;
  let sum = 0;
  order.forEach((patch, rank) => {
    if (!on[patch]) return;
    hits += 1;
    sum += hits / (rank + 1);
  });
  return hits ? sum / hits : NaN;
}

/** Whether the patch that receives most is on target; the first of equal ones. */
export function isHit(map, on) {
  return on[map.reduce((best, value, i) => (value > map[best] ? i : best), 0)];
}

export class Targets {
  /**
   * @param {Manifest} manifest
   * @param {(reference: any, i: number) => any} array the array of model `i`, undefined while it loads
   */
  constructor(manifest, array) {
    this.manifest = manifest;
    this.array = array;
    this.known = hasTarget(manifest);
  }

  /**
   * The border of the target in the frame of a view, over the patches of model `i`; no lines where it is not shown.
   *
   * @param {number} i
   * @param {View} view
   * @returns {Line[]}
   */
  border(i, view) {
    const on = view.outline === "none" ? null : this.#on(i, view.frame);
    return on ? borderOf(on, this.manifest.models[i].grid) : [];
  }

  /**
   * Lines of text about how much of model `i`'s attention in view lies on the target: `lead` for everybody,
   * `fine` in the details.
   *
   * @param {number} i
   * @param {View} view
   * @param {Float32Array | null} map attention received in the frame, by source, as learned
   */
  lines(i, view, map) {
    const none = { lead: [], fine: [] };
    const model = this.manifest.models[i];
    if (view.show !== "attention" || view.by !== "source" || view.head === "max") return none;
    if (!model.axes.includes(view.axis) || !fits(model, view)) return none;
    const on = this.#on(i, view.frame);
    if (on === undefined) return none;
    if (on === null) return { ...none, lead: ["No mask for this frame"] };
    if (!on.includes(true)) return { ...none, lead: ["No target in this frame"] };
    const mass = this.#figure(i, view, "mass_on_target");
    const uniform = this.#baseline(i, view, "mass_on_target");
    const lead = [];
    if (mass !== null) {
      const times = uniform ? `, ${(mass / uniform).toFixed(1)} × uniform` : "";
      lead.push(`${percent(mass)} on target${times}`);
    }
    return { lead, fine: map ? this.#ranks(i, view, map, on) : [] };
  }

  #ranks(i, view, map, on) {
    const chance = (name, show) => {
      const value = this.#baseline(i, view, name);
      return value === null ? "" : ` (by chance ${show(value)})`;
    };
    const hit = isHit(map, on) ? "on target" : "not on target";
    const fixed = (value) => value.toFixed(2);
    return [
      `Pointing game: the patch that receives most is ${hit}${chance("pointing", percent)}`,
      `Average precision ${fixed(averagePrecision(map, on))}${chance("average_precision", fixed)}`,
    ];
  }

  /** Per patch whether it is on target in a frame; null without a mask, undefined where nothing is here. */
  #on(i, frame) {
    const found = this.#array(i, "target");
    if (!found) return undefined;
    const covered = Array.from(frameSlice(found, frame));
    if (covered.some(Number.isNaN)) return null;
    const least = ROUNDED * this.manifest.truth.positive;
    return covered.map((share) => share >= least);
  }

  #figure(i, { axis, layer, head, frame }, name) {
    const found = this.#array(i, `${axis}/${name}`);
    if (!found) return null;
    const one = { shape: [...found.shape, 1], values: found.values };
    const value = metricCurve(one, layer, head, 0)[frame];
    return Number.isNaN(value) ? null : value;
  }

  #baseline(i, { axis, frame }, name) {
    const value = this.#array(i, `${axis}/baseline/${name}`)?.values[frame];
    return value === undefined || Number.isNaN(value) ? null : value;
  }

  #array(i, name) {
    const { arrays, models } = this.manifest;
    const reference = arrays[`${models[i].name}/${name}`];
    return reference && this.array(reference, i);
  }
}
