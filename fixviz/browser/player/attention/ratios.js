/* Maps of the fixation ratios of a frame. */

/** @import { Layer, MapRequest } from "../types.d.ts" */

import { prepare } from "./features.js";
import { chosenHeads, joinHead } from "./heads.js";
import { checkAlpha, placeOfFrame, tokenOfPlace } from "./layer.js";
import { address } from "./workspace.js";

/**
 * The mean over the channels of ratio ** alpha for the patches of a frame, for query and key, each
 * [rows * columns]. Null where the layer has no fixation.
 *
 * @param {Layer} layer
 * @param {MapRequest} request
 */
export function ratioMaps(layer, { frame, head = "mean", alpha = 1, switches = null }) {
  if (!layer.fixation) return null;
  checkAlpha(alpha);
  const { window, position } = placeOfFrame(layer, frame);
  const { places, width } = layer;
  const heads = chosenHeads(layer, head);
  const maps = { query: new Float32Array(places), key: new Float32Array(places) };
  const one = new Float64Array(places);
  const tokens = Array.from({ length: places }, (_, p) =>
    tokenOfPlace(layer, position * places + p),
  );
  for (const number of heads) {
    const { workspace, state } = prepareTokens(layer, window, number, switches, tokens);
    for (const name of ["query", "key"]) {
      tokens.forEach((token, p) => {
        one[p] = meanRatio(workspace, `${name}Decay`, state.first + token, width, alpha);
      });
      joinHead(maps[name], one, places, head, heads.length);
    }
  }
  return maps;
}

function prepareTokens(layer, window, head, switches, tokens) {
  let prepared;
  for (const token of tokens) prepared = prepare(layer, window, head, switches, token, token + 1);
  return prepared;
}

/** The mean of ratio ** alpha over the channels of a row of decays. */
function meanRatio({ buffers, stride, fade }, decays, row, width, alpha) {
  const ones = address(buffers.ones);
  fade(
    ones,
    ones + stride * 4,
    address(buffers[decays], row * stride),
    alpha,
    address(buffers.line),
  );
  let sum = 0;
  for (let c = 0; c < width; c++) sum += buffers.line[c];
  return sum / width;
}
