/* Computes attention from a layer's features. Other modules import from here alone. */

export { startAttentionWorker } from "./client.js";
export { concentration } from "./concentration.js";
export { warmUp } from "./features.js";
export { createLayer, hasFrame, setWindow, setWindows } from "./layer.js";
export { ratioMaps } from "./ratios.js";
export { received } from "./received.js";
export { row } from "./rows.js";
export { turnedMap } from "./turned.js";
