/* Where the figures look at first: at the patch on what moves. */

/** @import { Source } from "../types.d.ts" */

/**
 * The patch of the lessons' frame that the target covers most; without a known target the one with most
 * motion; without either the middle one.
 *
 * @param {Source} source
 * @param {string} model
 * @returns {Promise<{ row: number, column: number }>}
 */
export async function queryPlace(source, model) {
  const { rows, columns } = source.model(model).grid;
  const found = await patchOnTarget(source, model);
  return found ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
}

/**
 * The same, or null without a known target and without motion.
 *
 * @param {Source} source
 * @param {string} model
 * @returns {Promise<{ row: number, column: number } | null>}
 */
export async function patchOnTarget(source, model) {
  const { rows, columns } = source.model(model).grid;
  const places = rows * columns;
  for (const name of [`${model}/target`, `${model}/motion`]) {
    if (!source.manifest.arrays[name]) continue;
    const { values } = await source.array(name);
    const at = highest(values.subarray(source.frame * places, (source.frame + 1) * places));
    if (at !== null) return patchOf(at, columns);
  }
  return null;
}

/** The index of the largest value above 0; null where there is none. */
export function highest(values) {
  let best = null;
  values.forEach((value, i) => {
    if (value > 0 && (best === null || value > values[best])) best = i;
  });
  return best;
}

/** Row and column of a patch by its number. */
export function patchOf(index, columns) {
  return { row: Math.floor(index / columns), column: index % columns };
}
