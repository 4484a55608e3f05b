/* What the figures on the cost of attention say of its size. */

/** @import { FigureContext } from "../types.d.ts" */

import { multiplications } from "./softmax_math.js";

/**
 * Tokens of a frame, and channels of a head.
 *
 * @param {FigureContext} context
 */
export function sizesOf({ numbers }) {
  return { tokens: numbers["run.patches"], width: numbers["run.head_dim"] };
}

/** Tokens, pairs and multiplications of so many frames, in words. */
export function counted(context, { tokens, width }, frames) {
  const all = frames * tokens;
  const plain = (value) => value.toLocaleString("en");
  return context.label("tokens", {
    frames,
    tokens: plain(all),
    pairs: plain(all ** 2),
    count: plain(multiplications(all, width)),
  });
}

export function symbolsOf(context, { tokens, width }, frames) {
  return {
    t: { value: String(frames), where: context.labels.frames },
    n: { value: String(tokens), where: context.labels.symbol_n },
    d: { value: String(width), where: context.labels.symbol_d },
  };
}
