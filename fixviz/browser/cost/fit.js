/* Power laws and crossings of measured times, as fixviz/attention_cost/fit.py computes them. */

const LARGE_PART = 8;
const FEWEST = 3;

/**
 * The exponent of value = factor * tokens ** exponent on the larger sizes, with its standard error; null for fewer
 * than three points.
 *
 * @param {{ tokens: number, seconds: number }[]} points in the order of their tokens
 */
export function fitPowerLaw(points) {
  if (points.length < FEWEST) return null;
  const last = points[points.length - 1].tokens;
  const first = points.findIndex(({ tokens }) => tokens * LARGE_PART >= last);
  const used = points.slice(Math.min(first, points.length - FEWEST));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = used.map(({ tokens }) => Math.log(tokens));
  const y = used.map(({ seconds }) => Math.log(seconds));
  const [middleX, middleY] = [mean(x), mean(y)];
  const spread = x.map((value) => value - middleX);
  const squares = spread.reduce((sum, value) => sum + value ** 2, 0);
  const exponent = spread.reduce((sum, value, i) => sum + value * y[i], 0) / squares;
  const off = y.map((value, i) => value - middleY - exponent * spread[i]);
  const left = off.reduce((sum, value) => sum + value ** 2, 0);
  return { exponent, error: Math.sqrt(left / (used.length - 2) / squares), from: used[0].tokens };
}

/**
 * From how many tokens on the second kind takes less time for good: a number, 0 where it does at all sizes, null
 * where it does not at the largest. Sizes that only one has are left out.
 *
 * @param {{ tokens: number, seconds: number }[]} first
 * @param {{ tokens: number, seconds: number }[]} second
 */
export function findCrossing(first, second) {
  const other = new Map(second.map(({ tokens, seconds }) => [tokens, seconds]));
  const common = first.filter(({ tokens }) => other.has(tokens));
  const lead = common.map(({ tokens, seconds }) => Math.log(seconds / other.get(tokens)));
  let last = lead.length - 1;
  if (last < 0 || lead[last] <= 0) return null;
  while (last > 0 && lead[last - 1] > 0) last--;
  if (last === 0) return 0;
  const share = -lead[last - 1] / (lead[last] - lead[last - 1]);
  const [low, high] = [last - 1, last].map((i) => Math.log(common[i].tokens));
  return Math.exp(low + share * (high - low));
}
