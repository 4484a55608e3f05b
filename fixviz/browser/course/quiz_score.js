/* Scores of the quiz: how much of it a learner had right before and after the lessons. */

/** @import { Option } from "./types.d.ts" */

/**
 * A question of the quiz, as it was built.
 *
 * @typedef {object} Item
 * @property {string} step
 * @property {string} title
 * @property {string} html
 * @property {string} pair the two items of a pair ask for the same idea
 * @property {"before" | "after"} form
 * @property {boolean} transfer whether it asks for something that no lesson has shown
 * @property {{ question: string, options: Option[] }} ask
 */

/**
 * Whether an answer is the right one; no answer, or that of an option that is gone, is not.
 *
 * @param {Item} item
 * @param {string | undefined} answer id of an option
 */
export function isRight(item, answer) {
  return item.ask.options.some(({ id, right }) => right && id === answer);
}

/**
 * The two items of each pair, in the order of the first form, with whether each was answered right.
 *
 * @param {Item[]} items
 * @param {{ before: Record<string, string>, after: Record<string, string> }} answers by pair
 */
export function pairsOf(items, answers) {
  const of = (form) => items.filter((item) => item.form === form);
  const after = new Map(of("after").map((item) => [item.pair, item]));
  return of("before").map((first) => {
    const second = after.get(first.pair);
    return {
      pair: first.pair,
      transfer: first.transfer,
      items: { before: first, after: second },
      right: {
        before: isRight(first, answers.before[first.pair]),
        after: isRight(second, answers.after[first.pair]),
      },
    };
  });
}

/**
 * How many were right before and after.
 *
 * @param {{ right: { before: boolean, after: boolean } }[]} pairs
 */
export function scoreOf(pairs) {
  const count = (keep) => pairs.filter(keep).length;
  const before = count(({ right }) => right.before);
  const after = count(({ right }) => right.after);
  return {
    count: pairs.length,
    before,
    after,
    gained: count(({ right }) => right.after && !right.before),
    lost: count(({ right }) => right.before && !right.after),
    gain: normalizedGain(before, after, pairs.length),
  };
}

/**
 * Of what was not known before, the share that is known now: (after - before) / (count - before). Negative where
 * less is known; null where nothing was left to learn. Source: Hake 1998.
 */
export function normalizedGain(before, after, count) {
  return before < count ? (after - before) / (count - before) : null;
}
