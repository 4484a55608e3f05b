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
  const patches = rows * columns;
  for (const name of [`${model}/target`, `${model}/motion`]) {
    if (!source.manifest.arrays[name]) continue;
    const { values } = await source.array(name);
    const map = values.subarray(source.frame * patches, (source.frame + 1) * patches);
    const most = map.indexOf(Math.max(...map.map((value) => (Number.isNaN(value) ? -1 : value))));
    if (most >= 0 && map[most] > 0)
      return { row: Math.floor(most / columns), column: most % columns };
  }
  return { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
}
