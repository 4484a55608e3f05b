/* What attention weights are computed from: shift, feature map and fixation. Everything but the power
   of the ratios is computed token by token when it is first needed, and kept. A ratio r is kept as its
   decay -log2(r), so that r ** alpha is 2 ** (-alpha * decay). */

/** @import { Layer, MapRequest, Workspace, HeadState } from "../types.d.ts" */

import { activeFolds, neighborPlace, placeOfFrame, placeOfToken, tokenOfPlace } from "./layer.js";
import { BLOCK, address, workspaceOf } from "./workspace.js";

/**
 * Prepare tokens `from` to `to` of one head in one window, for the directions that are switched on:
 * phi of query and shifted key, and the decays of the ratios. Switching a direction recomputes only
 * the heads that read it. Throws an Error where the features of the window have not come.
 *
 * @param {Layer} layer
 * @param {number} window
 * @param {number} head
 * @param {MapRequest["switches"]} switches
 * @param {number} from
 * @param {number} to
 */
export function prepare(layer, window, head, switches, from, to) {
  const input = layer.inputs.get(window);
  if (!input) throw new Error(`The features of window ${window} have not come yet.`);
  const workspace = workspaceOf(layer, window);
  const state = workspace.heads[head];
  const folds = activeFolds(layer, head, switches);
  const signature = folds.map(({ label }) => label).join();
  if (state.signature !== signature) {
    state.signature = signature;
    state.ready.fill(0);
    forgetReceived(state);
  }
  for (let token = from; token < to;) {
    if (state.ready[token]) token++;
    else token = prepareBlock(layer, input, workspace, state, head, folds, token, to);
  }
  return { workspace, state };
}

/** How many tokens of one head take a millisecond or two to prepare. */
const SLICE = 256;

/**
 * Prepare what the maps of a frame need, a little at each step of the iteration: a temporal window of
 * a large grid takes some hundred milliseconds as a whole.
 *
 * @param {Layer} layer
 * @param {MapRequest} request of which `frame` and `switches` count
 */
export function* warmUp(layer, { frame, switches = null }) {
  const { window, position } = placeOfFrame(layer, frame);
  const { length, tokens } = layer;
  const [first, last] =
    layer.axis === "spatial" ? [position * length, (position + 1) * length] : [0, tokens];
  for (let head = 0; head < layer.heads; head++) {
    for (let from = first; from < last; from += SLICE) {
      yield prepare(layer, window, head, switches, from, Math.min(from + SLICE, last));
    }
  }
}

/** Mark what a head's keys receive as out of date. */
export function forgetReceived(state) {
  state.framesReceived.fill(0);
  state.summed.fill(0);
}

/**
 * The address of the rows of `count` tokens times their ratios ** alpha. Without fixation this is
 * where the features are kept; otherwise they are written over the rows of the call before.
 *
 * @param {Workspace} workspace
 * @param {HeadState} state
 * @param {"query" | "key"} which
 * @param {number} token
 * @param {number} count
 * @param {number} alpha
 */
export function fixedRows(workspace, state, which, token, count, alpha) {
  const { buffers, stride } = workspace;
  const start = (state.first + token) * stride;
  const decays = buffers[DECAYS[which]];
  if (!decays.length || alpha === 0) return address(buffers[which], start);
  const out = address(buffers[FIXED[which]]);
  const values = address(buffers[which], start);
  workspace.fade(values, values + count * stride * 4, address(decays, start), alpha, out);
  return out;
}

const DECAYS = { query: "queryDecay", key: "keyDecay" };
const FIXED = { query: "fixedQuery", key: "fixedKey" };

/** Prepare up to BLOCK tokens from `first` until the next one that is ready; returns the token after them. */
function prepareBlock(layer, input, workspace, state, head, folds, first, to) {
  let count = 0;
  while (count < BLOCK && first + count < to && !state.ready[first + count]) {
    shiftToken(layer, input, workspace, state, head, folds, first + count, count);
    state.ready[first + count] = 1;
    count++;
  }
  if (layer.fixation) fixTokens(layer, workspace, state, first, count);
  return first + count;
}

/**
 * Write phi(q) and phi(k') of a token to the features. With cooperative fixation, also write v' to row
 * `index` of the inputs of the fixation's projections.
 */
function shiftToken(layer, input, { buffers, stride }, state, head, folds, token, index) {
  const { width, heads, kind, fixation } = layer;
  const place = placeOfToken(layer, token);
  const own = (place * heads + head) * width;
  const at = (state.first + token) * stride;
  const { query, key } = buffers;
  for (let c = 0; c < width; c++) {
    query[at + c] = input.query[own + c];
    key[at + c] = input.key[own + c];
  }
  const value = fixation?.cooperative ? buffers.seen : null;
  const valueAt = (3 * index + 2) * stride;
  if (value) for (let c = 0; c < width; c++) value[valueAt + c] = input.value[own + c];
  for (const fold of folds) {
    const neighbor = neighborPlace(layer, fold, place);
    if (neighbor < 0 && fold.keeps_own) continue;
    const from = (neighbor * heads + head) * width;
    for (let c = fold.start; c < fold.stop; c++) {
      key[at + c] = neighbor < 0 ? 0 : input.key[from + c];
      if (value) value[valueAt + c] = neighbor < 0 ? 0 : input.value[from + c];
    }
  }
  kind.mapFeatures(query, at, width);
  kind.mapFeatures(key, at, width);
}

/**
 * What the fixation of one head sees of a token: phi(q), phi(k') and, where it is cooperative, v', each [width].
 * Throws an Error where the features of the frame's window have not come.
 *
 * @param {Layer} layer
 * @param {{ frame: number, row: number, column: number, head: number, switches?: MapRequest["switches"] }} token
 */
export function fixationInputs(layer, { frame, row, column, head, switches = null }) {
  const { window, position } = placeOfFrame(layer, frame);
  const input = layer.inputs.get(window);
  if (!input) throw new Error(`The features of window ${window} have not come yet.`);
  const place = position * layer.places + row * layer.columns + column;
  const token = tokenOfPlace(layer, place);
  const stride = layer.width;
  const buffers = {
    query: new Float32Array(stride),
    key: new Float32Array(stride),
    seen: new Float32Array(3 * stride),
  };
  const folds = activeFolds(layer, head, switches);
  shiftToken(layer, input, { buffers, stride }, { first: -token }, head, folds, token, 0);
  const value = layer.fixation?.cooperative ? buffers.seen.subarray(2 * stride) : null;
  return { query: buffers.query, key: buffers.key, value };
}

/** Compute the decays of the ratios of `count` tokens, for which `shiftToken` has written v'. */
function fixTokens({ fixation }, workspace, state, first, count) {
  const { buffers, stride } = workspace;
  const { query, key, seen, queryWeight, keyWeight, queryBias, keyBias } = buffers;
  const start = (state.first + first) * stride;
  const [queryOut, keyOut] = [address(buffers.queryDecay, start), address(buffers.keyDecay, start)];
  if (!fixation.cooperative) {
    project(workspace, address(query, start), count, stride, queryWeight, queryBias, queryOut);
    project(workspace, address(key, start), count, stride, keyWeight, keyBias, keyOut);
    return;
  }
  for (let i = 0; i < count; i++) {
    const from = start + i * stride;
    seen.set(query.subarray(from, from + stride), 3 * i * stride);
    seen.set(key.subarray(from, from + stride), (3 * i + 1) * stride);
  }
  const inputs = address(seen);
  project(workspace, inputs, count, 3 * stride, queryWeight, queryBias, queryOut);
  project(workspace, inputs, count, 3 * stride, keyWeight, keyBias, keyOut);
}

/** Compute the decays of sigmoid(W g + b) for `count` rows g of `inputs` numbers. */
function project(workspace, rows, count, inputs, weight, bias, out) {
  const { buffers, stride } = workspace;
  const bytes = inputs * 4;
  const weights = address(weight);
  const logits = address(buffers.logits);
  workspace.products(
    rows,
    rows + count * bytes,
    weights,
    weights + stride * bytes,
    bytes,
    logits,
    stride * 4,
  );
  for (let i = 0; i < count; i++) {
    const row = logits + i * stride * 4;
    workspace.decays(row, row + stride * 4, address(bias), out + i * stride * 4);
  }
}
