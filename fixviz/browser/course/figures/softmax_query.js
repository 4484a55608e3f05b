/* The query that the lesson on softmax attention looks at, and its layer. */

/** @import { Source } from "../types.d.ts" */

import { received } from "../../player/attention/index.js";

/**
 * The last spatial attention of the softmax model, ready to be asked for rows of the lessons' frame.
 *
 * @param {Source} source
 */
export async function softmaxLayer(source) {
  const model = source.model("softmax");
  return source.layer("softmax", "spatial", model.layers - 1);
}

/**
 * The patch that asks: the one that the thing which decides the class covers most; where that is not known, the
 * one in which most moves, or the one that receives most attention.
 *
 * @param {Source} source
 * @returns {Promise<{ row: number, column: number }>}
 */
export async function queryPatch(source) {
  const { rows, columns } = source.model("softmax").grid;
  const places = rows * columns;
  for (const name of ["softmax/target", "softmax/motion"]) {
    if (!source.manifest.arrays[name]) continue;
    const { values } = await source.array(name);
    const at = highest(values.subarray(source.frame * places, (source.frame + 1) * places));
    if (at !== null) return patchOf(at, columns);
  }
  const { map } = received(await softmaxLayer(source), { frame: source.frame });
  return patchOf(highest(map), columns);
}

/** The index of the largest value above 0; null where there is none. */
function highest(values) {
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
