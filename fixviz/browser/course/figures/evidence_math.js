/* What the figures of the lesson "Did it help?" compute: order, lead, areas and distances of curves. */

/**
 * How many pairs two lists of numbers put in opposite order. A pair that is equal in one of them is in no order.
 *
 * @param {number[]} first
 * @param {number[]} second numbers of the same things
 * @returns {{ opposite: number, all: number }}
 */
export function oppositePairs(first, second) {
  let opposite = 0;
  let all = 0;
  for (let i = 0; i < first.length; i++)
    for (let j = 0; j < i; j++) {
      all += 1;
      if ((first[i] - first[j]) * (second[i] - second[j]) < 0) opposite += 1;
    }
  return { opposite, all };
}

/**
 * The place of each number, 0 for the largest. Equal numbers keep their order.
 *
 * @param {number[]} values
 */
export function places(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  const place = Array(values.length).fill(0);
  order.forEach((i, at) => (place[i] = at));
  return place;
}

/**
 * How much more often the second model is right, over the classes that are left; NaN without any. Every class
 * counts the same.
 *
 * @param {Record<string, number>} first share of right answers by class
 * @param {Record<string, number>} second
 * @param {Iterable<string>} leftOut
 */
export function lead(first, second, leftOut = []) {
  const out = new Set(leftOut);
  const rest = Object.keys(first).filter((name) => !out.has(name));
  return rest.reduce((sum, name) => sum + second[name] - first[name], 0) / rest.length;
}

/**
 * The classes without which least of the lead remains.
 *
 * @param {Record<string, number>} first
 * @param {Record<string, number>} second
 * @param {number} count
 */
export function widest(first, second, count) {
  const gap = (name) => second[name] - first[name];
  return Object.keys(first)
    .sort((a, b) => gap(b) - gap(a))
    .slice(0, count);
}

/**
 * The area under a curve, by trapezoids.
 *
 * @param {number[]} x
 * @param {number[]} y
 */
export function area(x, y) {
  let sum = 0;
  for (let i = 1; i < x.length; i++) sum += ((y[i] + y[i - 1]) / 2) * (x[i] - x[i - 1]);
  return sum;
}

/**
 * The value of a curve between its points, by straight lines; beyond its ends that of the end.
 *
 * @param {number[]} x increasing
 * @param {number[]} y
 * @param {number} at
 */
export function valueAt(x, y, at) {
  if (at <= x[0]) return y[0];
  for (let i = 1; i < x.length; i++)
    if (at <= x[i]) return y[i - 1] + ((at - x[i - 1]) / (x[i] - x[i - 1])) * (y[i] - y[i - 1]);
  return y[y.length - 1];
}

/**
 * The lowest and the highest of several curves at each point.
 *
 * @param {number[][]} curves
 */
export function band(curves) {
  const points = curves[0].map((_, i) => curves.map((curve) => curve[i]));
  return {
    low: points.map((values) => Math.min(...values)),
    high: points.map((values) => Math.max(...values)),
  };
}

/**
 * How far a drawn curve lies from a measured one: the mean distance, and the mean of drawn less measured, over
 * the measured points.
 *
 * @param {{ x: number[], y: number[] }} drawn
 * @param {{ x: number[], y: number[] }} measured
 */
export function gapOf(drawn, measured) {
  const gaps = measured.x.map((at, i) => valueAt(drawn.x, drawn.y, at) - measured.y[i]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { distance: mean(gaps.map(Math.abs)), bias: mean(gaps) };
}
