/* The arithmetic of the lesson on what linear attention pays: how concentrated a row is. */

/** @import { Layer } from "../types.d.ts" */

import { figuresOf } from "../../player/attention/figures.js";
import { row } from "../../player/attention/index.js";

/**
 * The corners of a row's Lorenz curve: for 0, 1, ..., N of the weakest keys the share that they hold together.
 *
 * @param {ArrayLike<number>} shares
 * @returns {[number, number][]} pairs of a share of the keys and a share of the attention
 */
export function lorenz(shares) {
  const sorted = Float64Array.from(shares).sort();
  const total = sorted.reduce((sum, share) => sum + share, 0);
  let held = 0;
  return [
    [0, 0],
    ...Array.from(sorted, (share, i) => {
      held += share;
      return /** @type {[number, number]} */ ([(i + 1) / sorted.length, held / total]);
    }),
  ];
}

/**
 * Judge the inner corners of a Lorenz curve that a reader has placed: "right", or which mistake they show:
 * "strongest" (from the strongest key on), "shares" (not added up), "uniform" (the diagonal), else "other".
 *
 * @param {number[]} placed
 * @param {number[]} shares
 */
export function judgeLorenz(placed, shares) {
  const inner = (points) => points.slice(1, -1).map(([, held]) => held);
  const rising = [...shares].sort((a, b) => a - b);
  const right = inner(lorenz(shares));
  const known = {
    right,
    strongest: right.map((_, i) => 1 - right[right.length - 1 - i]),
    shares: rising.slice(0, -1),
    uniform: right.map((_, i) => (i + 1) / shares.length),
  };
  const meets = (wanted) => placed.every((value, i) => Math.abs(value - wanted[i]) < 0.02);
  return Object.keys(known).find((name) => meets(known[name])) ?? "other";
}

/** The numbers of the `count` largest values. */
export function strongest(values, count) {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a]);
  return new Set(order.slice(0, count));
}

/** How a guess of the effective support compares with it: "right" up to a quarter. */
export function judgeSupport(guess, support) {
  if (guess < 0.75 * support) return "low";
  return guess > 1.25 * support ? "high" : "right";
}

/**
 * The head in the middle when a layer's heads are put in the order of their mean effective support on a
 * frame; of an even number, the lower of the two in the middle.
 *
 * @param {Layer} layer
 * @param {number} frame
 */
export function middleHead(layer, frame) {
  const supports = Array.from({ length: layer.heads }, (_, head) => {
    let sum = 0;
    for (let place = 0; place < layer.places; place++)
      sum += rowAt(layer, frame, place, head).figures.effectiveSupport;
    return { head, support: sum / layer.places };
  });
  supports.sort((a, b) => a.support - b.support);
  return supports[Math.floor((supports.length - 1) / 2)].head;
}

/**
 * The row of a patch in one head of a spatial attention, with its measures.
 *
 * @param {Layer} layer
 * @param {number} frame
 * @param {number} place
 * @param {number} head
 */
export function rowAt(layer, frame, place, head) {
  const at = { row: Math.floor(place / layer.columns), column: place % layer.columns };
  const { weights } = row(layer, { frame, ...at, head });
  return { weights, figures: figuresOf(weights, weights.length) };
}

/**
 * Names in an order that the seed decides, and which is the same every time.
 *
 * @template T
 * @param {T[]} names
 * @param {number} seed
 */
export function shuffled(names, seed) {
  const found = [...names];
  // A linear congruential generator (Numerical Recipes), of which the upper bits are used; its first steps still
  // show how small the seed was.
  const next = (state) => (Math.imul(state, 1664525) + 1013904223) >>> 0;
  let state = next(next(seed));
  for (let i = found.length - 1; i > 0; i--) {
    state = next(state);
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [found[i], found[j]] = [found[j], found[i]];
  }
  return found;
}
