/* The query that the lesson on softmax attention looks at, and its layer. */

/** @import { Source } from "../types.d.ts" */

import { received } from "../../player/attention/index.js";
import { highest, patchOf, patchOnTarget } from "./query_place.js";

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
  const found = await patchOnTarget(source, "softmax");
  if (found) return found;
  const { map } = received(await softmaxLayer(source), { frame: source.frame });
  return patchOf(highest(map), source.model("softmax").grid.columns);
}
