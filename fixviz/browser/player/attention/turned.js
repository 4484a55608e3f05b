/* Maps of a frame under the dial and its switches, one or many. */

/** @import { Layer, MapRequest } from "../types.d.ts" */

import { ratioMaps } from "./ratios.js";
import { received } from "./received.js";

/**
 * The map [rows * columns] that `show` names: attention received, or a fixation ratio, which is null
 * where the layer has no fixation.
 *
 * @param {Layer} layer
 * @param {MapRequest & { show: string }} request `show`: "attention", "ratio-query" or "ratio-key"
 */
export function turnedMap(layer, { show, ...request }) {
  if (show === "attention") return received(layer, request).map;
  const maps = ratioMaps(layer, request);
  return maps && (show === "ratio-query" ? maps.query : maps.key);
}

/**
 * Yield `{ frame, map }` of each of the `frames`, in their order.
 *
 * @param {Layer} layer
 * @param {MapRequest & { show: string, frames: number[] }} request
 */
export function* turnedMaps(layer, { frames, ...request }) {
  for (const frame of frames) yield { frame, map: turnedMap(layer, { ...request, frame }) };
}
