/* Joins the maps of several heads to one. */

/**
 * Numbers of the heads that a choice names. Throws a RangeError where there is no such head.
 *
 * @param {{ heads: number }} layer
 * @param {import("../types.d.ts").Head} head
 */
export function chosenHeads(layer, head) {
  if (head === "mean" || head === "max") return Array.from({ length: layer.heads }, (_, h) => h);
  if (!(head >= 0 && head < layer.heads)) throw new RangeError(`There is no head ${head}.`);
  return [head];
}

/** Add one head's part of the mean of `count` heads to `total`, or keep the largest value; `total` starts as 0. */
export function joinHead(total, map, size, head, count) {
  if (head === "max") for (let i = 0; i < size; i++) total[i] = Math.max(total[i], map[i]);
  else for (let i = 0; i < size; i++) total[i] += map[i] / count;
}
