/* Statistics of a class: the gain between two quizzes that the same learners took, with its confidence interval. */

/** Confidence of the intervals. */
export const CONFIDENCE = 0.95;
const BISECTIONS = 80;
const TERMS = 300;
const TINY = 1e-300;

/**
 * The mean of paired differences and its confidence interval by Student's t distribution.
 *
 * @param {number[]} differences after less before, one for each learner
 * @returns {{ count: number, mean: number, low: number, high: number } | null} low and high are NaN for fewer than two
 *   learners; null for none
 */
export function pairedGain(differences) {
  const count = differences.length;
  if (!count) return null;
  const mean = differences.reduce((sum, one) => sum + one, 0) / count;
  if (count < 2) return { count, mean, low: NaN, high: NaN };
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (count - 1);
  const half = tQuantile((1 + CONFIDENCE) / 2, count - 1) * Math.sqrt(variance / count);
  return { count, mean, low: mean - half, high: mean + half };
}

/**
 * The quantile of Student's t distribution, for a share of 0.5 or more.
 *
 * @param {number} share
 * @param {number} degrees of freedom
 */
export function tQuantile(share, degrees) {
  let [low, high] = [0, 1];
  while (tBelow(high, degrees) < share) high *= 2;
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = (low + high) / 2;
    if (tBelow(middle, degrees) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability that a value of Student's t distribution is below `t`, which is 0 or more. */
function tBelow(t, degrees) {
  return 1 - incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
}

/** The regularized incomplete beta function, by its continued fraction (Lentz; DLMF 8.17.22). */
function incompleteBeta(x, a, b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / nonzero(1 + term * d);
      c = nonzero(1 + term / c);
      step = c * d;
      fraction *= step;
    }
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

const nonzero = (value) => (Math.abs(value) < TINY ? TINY : value);

/** The logarithm of the gamma function for numbers above 0 (Lanczos, g = 7). */
function logGamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
  ];
  const base = x - 1;
  const sum = terms.slice(1).reduce((total, term, i) => total + term / (base + i + 1), terms[0]);
  const shifted = base + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (base + 0.5) * Math.log(shifted) - shifted + Math.log(sum);
}

/**
 * How often each value occurs, the most frequent first; those that occur as often keep their order.
 *
 * @template T
 * @param {T[]} values
 * @returns {[T, number][]}
 */
export function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
