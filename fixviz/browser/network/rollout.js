/* Attention rollout through the network's attentions, as fixviz/analysis/rollout.py defines it: each attention
   counts as (A + I) / 2, where A is the mean of the heads' weights by source token. A row vector goes back from
   the output to the patches. */

/** @import { Network } from "./network.js" */

import { row } from "../player/attention/rows.js";

/**
 * How much of the output, weighted over its tokens by `start`, goes back to each patch of the window that the
 * network has walked through last. `flow` and `outside`, what was read beyond the border, add up to 1.
 *
 * @param {Network} network
 * @param {Float32Array} start [frames, rows, columns]; its sum is 1
 */
export function rollout(network, start) {
  let flow = start;
  let outside = 0;
  for (const { attentions } of [...network.blocks].reverse()) {
    for (const { layer } of [...attentions].reverse()) {
      const back = backThrough(layer, flow);
      flow = flow.map((value, i) => (value + back.flow[i]) / 2);
      outside += back.outside / 2;
    }
  }
  return { flow, outside };
}

function backThrough(layer, flow) {
  const { places, columns } = layer;
  const total = new Float64Array(flow.length);
  const into = new Float32Array(flow.length);
  let outside = 0;
  for (let place = 0; place < flow.length; place++) {
    if (!flow[place]) continue;
    const patch = place % places;
    const found = row(
      layer,
      {
        frame: (place - patch) / places,
        row: Math.floor(patch / columns),
        column: patch % columns,
        by: "source",
      },
      into,
    );
    for (let i = 0; i < total.length; i++) total[i] += flow[place] * found.weights[i];
    outside += flow[place] * found.outside;
  }
  return { flow: Float32Array.from(total), outside };
}
