/* The memory of one window's features, with the kernels that work on them. */

/** @import { Layer, Workspace } from "../types.d.ts" */

import { createKernels } from "./kernels.js";

/** How many queries get their weights, or tokens their ratios, at once. */
export const BLOCK = 32;

const PAGE = 65536;
const FLOAT = 4;

/** Kernels read and write up to three rows beyond the ends of their arguments. */
const ROWS_BEYOND = 3;

function roundUp(count, multiple) {
  return Math.ceil(count / multiple) * multiple;
}

/**
 * The workspace of a window: the one that was kept, or one in which nothing is prepared.
 *
 * @param {Layer} layer
 * @param {number} window
 * @returns {Workspace}
 */
export function workspaceOf(layer, window) {
  const { prepared } = layer;
  let found = prepared.get(window);
  if (!found) {
    const oldest = prepared.keys().next().value;
    if (prepared.size >= 2 && (prepared.size + 1) * prepared.get(oldest).bytes > layer.memory) {
      found = prepared.get(oldest);
      prepared.delete(oldest);
    } else found = createWorkspace(layer);
    for (const head of found.heads) head.signature = null;
  }
  // The last entry of the map is the one used last.
  prepared.delete(window);
  prepared.set(window, found);
  return found;
}

/**
 * Make a workspace: all buffers lie in one memory, and rows are filled up with 0 to their stride.
 *
 * @param {Layer} layer
 * @returns {Workspace}
 */
function createWorkspace(layer) {
  const { tokens, length, sequences, heads, width, frames, fixation, mixes } = layer;
  const stride = roundUp(width, 8);
  const lineStride = roundUp(length, 8);
  const sizes = {
    query: heads * tokens * stride,
    key: heads * tokens * stride,
    queryDecay: fixation ? heads * tokens * stride : 0,
    keyDecay: fixation ? heads * tokens * stride : 0,
    received: heads * tokens,
    sums: heads * sequences * stride,
    fixedQuery: length * stride,
    fixedKey: length * stride,
    keySum: stride,
    line: Math.max(2 * lineStride, stride),
    ones: Math.max(lineStride, stride, BLOCK),
    scores: BLOCK * lineStride,
    seen: BLOCK * 3 * stride,
    logits: BLOCK * stride,
    value: mixes ? length * stride : 0,
    mixed: mixes ? stride : 0,
    queryWeight: 3 * stride * stride,
    keyWeight: 3 * stride * stride,
    queryBias: stride,
    keyBias: stride,
  };
  const { memory, buffers } = allocate(sizes, ROWS_BEYOND * stride);
  buffers.ones.fill(1);
  if (fixation) {
    const { queryWeight, queryBias, keyWeight, keyBias } = buffers;
    pad(fixation.query, queryWeight, queryBias, width, stride);
    pad(fixation.key, keyWeight, keyBias, width, stride);
  }
  const states = Array.from({ length: heads }, (_, head) => ({
    first: head * tokens,
    signature: null,
    ready: new Uint8Array(tokens),
    alpha: null,
    received: buffers.received.subarray(head * tokens, (head + 1) * tokens),
    framesReceived: new Uint8Array(frames),
    firstSum: head * sequences,
    summed: new Uint8Array(sequences),
  }));
  return {
    bytes: memory.buffer.byteLength,
    buffers,
    stride,
    lineStride,
    heads: states,
    ...createKernels(memory),
  };
}

function allocate(sizes, slack) {
  let floats = 0;
  const starts = Object.entries(sizes).map(([name, size]) => {
    const start = floats;
    floats += roundUp(size + slack, 16);
    return [name, start, size];
  });
  const memory = new WebAssembly.Memory({ initial: Math.ceil((floats * FLOAT) / PAGE) });
  const buffers = starts.map(([name, start, size]) => [
    name,
    new Float32Array(memory.buffer, start * FLOAT, size),
  ]);
  return { memory, buffers: Object.fromEntries(buffers) };
}

/** Copy a projection's weights and biases, each of its inputs and outputs filled up to a whole row. */
function pad({ weight, bias }, paddedWeight, paddedBias, width, stride) {
  const parts = weight.length / width ** 2;
  paddedBias.set(bias);
  for (let output = 0; output < width; output++) {
    for (let part = 0; part < parts; part++) {
      const from = (output * parts + part) * width;
      paddedWeight.set(weight.subarray(from, from + width), (output * parts + part) * stride);
    }
  }
}

/** The byte address of a number of a buffer. */
export function address(buffer, index = 0) {
  return buffer.byteOffset + index * FLOAT;
}
