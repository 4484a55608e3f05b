/* The query, the keys and the values with which a row is computed by hand. */

/** @import { Source } from "../types.d.ts" */

import { row } from "../../player/attention/index.js";
import { fourKeys, stagesOf } from "./softmax_math.js";
import { patchOf } from "./query_place.js";
import { queryPatch, softmaxLayer } from "./softmax_query.js";

/**
 * The query of the lesson and four keys of one head. The head is the one whose row is in the middle between
 * the most and the least concentrated ones, so that no key takes everything and not all are alike.
 *
 * @param {Source} source
 */
export async function rowByHand(source) {
  const [layer, query] = await Promise.all([softmaxLayer(source), queryPatch(source)]);
  const { layers, heads, windows } = source.model("softmax");
  const features = await source.features("softmax", "spatial", layers - 1);
  const supports = Array.from({ length: heads }, (_, head) => ({
    head,
    support: row(layer, { frame: source.frame, ...query, head }).figures.effectiveSupport,
  })).sort((a, b) => a.support - b.support);
  const { head } = supports[(heads - 1) >> 1];
  const { places, columns, width } = layer;
  const position = source.frame - windows.start[source.window];
  const vector = (array, place) => {
    const from = ((position * places + place) * heads + head) * width;
    return array.subarray(from, from + width);
  };
  const q = vector(features.query, query.row * columns + query.column);
  const all = Array.from({ length: places }, (_, place) => vector(features.key, place));
  const chosen = fourKeys(stagesOf(q, all).scores);
  return {
    query,
    head,
    q,
    keys: chosen.map((place) => all[place]),
    values: chosen.map((place) => vector(features.value, place)),
    places: chosen.map((place) => patchOf(place, columns)),
  };
}
