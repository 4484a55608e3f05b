/* Maps of a frame under the dial and its switches, one or many. */

import { ratioMaps } from "./ratios.js";
import { received } from "./received.js";

/**
 * The map that `show` names, Float32Array of rows * columns: "attention" (attention received), "ratio-query" or
 * "ratio-key"; null when the layer has no fixation. `request` otherwise as in `received`.
 */
export function turnedMap(layer, { show, ...request }) {
  if (show === "attention") return received(layer, request).map;
  const maps = ratioMaps(layer, request);
  return maps && (show === "ratio-query" ? maps.query : maps.key);
}

/** `{ frame, map }` of each of the `frames`, in their order. */
export function* turnedMaps(layer, { frames, ...request }) {
  for (const frame of frames) yield { frame, map: turnedMap(layer, { ...request, frame }) };
}
