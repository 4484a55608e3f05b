/* Computes attention from a layer's features. Other modules import from here alone. */

export { startAttentionWorker } from "./client.js";
export { concentration, frameConcentration } from "./concentration.js";
export { dealRatios, takeBackRatios } from "./dealt.js";
export { fixationInputs, warmUp } from "./features.js";
export {
  activeFolds,
  createLayer,
  hasFrame,
  neighborPlace,
  placeOfFrame,
  setWindow,
  setWindows,
} from "./layer.js";
export { ratioMaps } from "./ratios.js";
export { received } from "./received.js";
export { row } from "./rows.js";
export { turnedMap } from "./turned.js";
