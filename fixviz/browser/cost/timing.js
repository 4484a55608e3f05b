/* How one size of one kind is timed: repeats, their median, and its error. */

/** Fewest and most repeats. */
const REPEATS = [5, 15];
/** What is faster runs several times in one repeat, since clocks of browsers are coarse. */
const SAMPLE_MS = 4;

/** Runs of one computation at least: one to warm up, two to see how long it takes, and the repeats. */
export const LEAST_RUNS = REPEATS[0] + 3;

/** The value at a share of the way through numbers in order. */
export function quantile(ordered, share) {
  const place = share * (ordered.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, ordered.length - 1);
  return ordered[low] + (place - low) * (ordered[high] - ordered[low]);
}

/** Median of times, and its standard error from the middle half; see fixviz/attention_cost/measure.py. */
export function middleOf(times) {
  const ordered = [...times].sort((a, b) => a - b);
  const half = quantile(ordered, 0.75) - quantile(ordered, 0.25);
  const error = (1.2533 * half) / 1.349 / Math.sqrt(ordered.length);
  return { seconds: quantile(ordered, 0.5), error, repeats: ordered.length };
}

/**
 * Time a function in about so many seconds.
 *
 * @param {() => void} compute
 * @param {number} seconds
 * @param {() => number} now milliseconds
 */
export function timed(compute, seconds, now = () => performance.now()) {
  compute();
  let runs = 1;
  let taken = 0;
  const once = () => {
    const began = now();
    for (let i = 0; i < runs; i++) compute();
    return now() - began;
  };
  for (;;) {
    taken = once();
    // Whatever else the machine did may have made it long: then the clock would be too coarse for the repeats.
    if (taken >= SAMPLE_MS) taken = Math.min(taken, once());
    if (taken >= SAMPLE_MS) break;
    runs *= 2;
  }
  const [fewest, most] = REPEATS;
  const wanted = Math.floor((1000 * seconds) / taken);
  const times = [];
  for (let n = Math.min(most, Math.max(fewest, wanted)); n > 0; n--) {
    times.push(once() / runs / 1000);
  }
  return middleOf(times);
}
