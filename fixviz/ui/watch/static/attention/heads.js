/* One map out of those of several heads. */

/** The heads that "mean" and "max" are taken over, or the one that is named. */
export function chosenHeads(layer, head) {
  if (head === "mean" || head === "max") return Array.from({ length: layer.heads }, (_, h) => h);
  if (!(head >= 0 && head < layer.heads)) throw new RangeError(`There is no head ${head}.`);
  return [head];
}

/** Join one head's map to `total`, which starts as 0: its part of the mean of `count` heads, or the largest value. */
export function joinHead(total, map, size, head, count) {
  if (head === "max") for (let i = 0; i < size; i++) total[i] = Math.max(total[i], map[i]);
  else for (let i = 0; i < size; i++) total[i] += map[i] / count;
}
