/* The kinds of attention whose cost a browser measures. Python's side is fixviz/attention_cost/kinds.py. */

/** Multiply-adds of the matrix products of one head, of the number of tokens and its channels. */
export const KINDS = {
  softmax: (tokens, width) => 2 * tokens * tokens * width,
  linear: (tokens, width) => 2 * tokens * width * width,
  fixation: (tokens, width) => 8 * tokens * width * width,
};

export const NAMES = Object.keys(KINDS);
