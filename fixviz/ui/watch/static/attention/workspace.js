/* The memory in which one window's features live, together with the kernels that work on them. */

import { createKernels } from "./kernels.js";

/** Queries whose weights are formed at once, and tokens whose ratios are. */
export const BLOCK = 32;

const PAGE = 65536;
const FLOAT = 4;

/** Kernels read and write rows beyond the ends of what they are given: at most three. */
const ROWS_BEYOND = 3;

function roundUp(count, multiple) {
  return Math.ceil(count / multiple) * multiple;
}

/** The workspace of a window: a kept one, or one that says that nothing is prepared. */
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
  // Last in the map: used last.
  prepared.delete(window);
  prepared.set(window, found);
  return found;
}

/**
 * `buffers` (Float32Arrays in one memory), the kernels, `stride` (numbers from one row of features to the next; the
 * rest of a row is 0), `lineStride` (numbers from one query's scores to the next) and the state of each head.
 */
function createWorkspace(layer) {
  const { tokens, length, sequences, heads, width, frames, fixation } = layer;
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

/** A projection's weights with each of its parts, and its outputs, padded to whole rows. */
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

/** Byte address of a number of a buffer. */
export function address(buffer, index = 0) {
  return buffer.byteOffset + index * FLOAT;
}
