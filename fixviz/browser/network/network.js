/* The forward pass of the model family on one window of a clip: what fixviz/model/transformer.py computes,
   without PyTorch. Tokens of a window are rows: position of the frame * patches of a frame + patch. */

/** @import { Features, FixationWeights, Model } from "../player/types.d.ts" */

import { createLayer } from "../player/attention/layer.js";
import { Plan, columnsOf } from "./memory.js";
import { mix } from "./mixing.js";
import { LayerNorm, Linear, Mlp, PatchEmbedding, Tensors, gelu } from "./parts.js";

/**
 * What one attention gets in one window.
 *
 * @typedef {object} AttentionInput
 * @property {string} axis
 * @property {number} layer
 * @property {Features} features
 */

export class Network {
  /**
   * Throws an Error where the weights do not fit the model.
   *
   * @param {Model} model with its `network`
   * @param {Float32Array} weights all tensors of `model.network.tensors`, one after the other
   */
  constructor({ config, grid, network }, weights) {
    const { rows, columns, model_height: height, model_width: width } = grid;
    const { dim, frames, mlp_ratio: ratio } = config;
    const tensors = new Tensors(network.tensors, weights);
    const tokens = frames * rows * columns;
    const hidden = dim * ratio;
    const plan = new Plan();
    this.config = config;
    this.tensors = tensors;
    this.places = rows * columns;
    this.times = tensors.get("temporal_embedding");
    this.stream = plan.rows(tokens, dim);
    this.normed = plan.rows(tokens, dim);
    this.projected = plan.rows(tokens, 3 * dim);
    this.added = plan.rows(tokens, dim);
    this.hidden = { wide: plan.rows(tokens, hidden), mixed: plan.rows(tokens, hidden) };
    const sizes = { config, tokens, rows, columns, height, width };
    this.embedding = new PatchEmbedding(plan, tensors, sizes);
    this.blocks = Array.from({ length: config.depth }, (_, layer) =>
      createBlock(plan, tensors, { ...sizes, dim, hidden, network, layer }),
    );
    this.norm = new LayerNorm(tensors, "norm", 1e-6);
    this.head = createHead(tensors, config);
    this.kernels = plan.allocate();
    this.embedding.fill();
    for (const { attentions, mlp } of this.blocks) {
      for (const { qkv, projection } of attentions) {
        qkv.fill();
        projection.fill();
      }
      mlp.fill();
    }
  }

  /** The attention layer of a block, with the features that it got last. */
  layer(axis, layer) {
    return this.blocks[layer].attentions.find((attention) => attention.axis === axis).layer;
  }

  /**
   * Run the network on a window and stop before each of its attentions. Whoever wants no more than an early
   * one need not ask for the next.
   *
   * @param {Uint8Array} pixels of the clip as the model sees it, [frames, height, width, 3]
   * @param {number[]} frames of the window
   * @returns {Generator<AttentionInput, Float32Array, void>} returns the logits
   */
  *walk(pixels, frames) {
    const { kernels, stream, normed, projected, added, hidden, config } = this;
    this.embedding.apply(kernels, pixels, frames, stream);
    this.#addTimes();
    for (const [layer, { attentions, norm, mlp }] of this.blocks.entries()) {
      for (const attention of attentions) {
        attention.norm.apply(stream, normed);
        attention.qkv.apply(kernels, normed, projected);
        const features = {
          query: columnsOf(projected, 0, config.dim),
          key: columnsOf(projected, config.dim, config.dim),
          value: columnsOf(projected, 2 * config.dim, config.dim),
        };
        yield { axis: attention.axis, layer, features };
        mix(attention.layer, features, normed);
        attention.projection.apply(kernels, normed, added);
        this.#add(added);
      }
      norm.apply(stream, normed);
      mlp.apply(kernels, normed, hidden, added);
      this.#add(added);
    }
    this.norm.apply(stream, normed);
    return this.head(this.#means(normed));
  }

  /** The features of one attention of a window. */
  features(pixels, frames, axis, layer) {
    for (const input of this.walk(pixels, frames))
      if (input.axis === axis && input.layer === layer) return input.features;
    throw new Error(`This model has no ${axis} attention in layer ${layer}.`);
  }

  /** The probability of each class in a window. */
  probabilities(pixels, frames) {
    const walk = this.walk(pixels, frames);
    let step = walk.next();
    while (!step.done) step = walk.next();
    const logits = /** @type {Float32Array} */ (step.value);
    const largest = Math.max(...logits);
    const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }

  #addTimes() {
    const { stream, times, places } = this;
    for (let token = 0; token < stream.count; token++) {
      const time = Math.floor(token / places) * stream.width;
      const at = token * stream.stride;
      for (let c = 0; c < stream.width; c++) stream.values[at + c] += times[time + c];
    }
  }

  #add({ values }) {
    const into = this.stream.values;
    for (let i = 0; i < into.length; i++) into[i] += values[i];
  }

  /** The mean of all tokens. */
  #means({ count, width, stride, values }) {
    const means = new Float64Array(width);
    for (let at = 0; at < count * stride; at += stride)
      for (let c = 0; c < width; c++) means[c] += values[at + c] / count;
    return Float32Array.from(means);
  }
}

function createBlock(plan, tensors, { config, dim, hidden, rows, columns, network, layer }) {
  const name = `blocks.${layer}`;
  const axes = config.form === "joint" ? ["joint"] : ["temporal", "spatial"];
  return {
    attentions: axes.map((axis) => {
      const inside = `${name}.attentions.${axis}`;
      const description = network.layers[`${axis}/${layer}`];
      // For the attention modules, `frames` is the length of a window; in what is stored, that of the clip.
      const meta = { ...description, frames: description.T, windows: [0], window_of_frame: [] };
      meta.window_of_frame = Array(description.T).fill(0);
      return {
        axis,
        norm: new LayerNorm(tensors, `${name}.attention_norms.${axis}`, 1e-6),
        qkv: new Linear(plan, tensors, `${inside}.qkv`, dim, 3 * dim),
        projection: new Linear(plan, tensors, `${inside}.projection`, dim, dim),
        layer: Object.assign(createLayer(meta, fixationWeights(tensors, inside)), { mixes: true }),
      };
    }),
    norm: new LayerNorm(tensors, `${name}.mlp_norm`, 1e-6),
    mlp: new Mlp(plan, tensors, `${name}.mlp`, { dim, hidden, rows, columns }),
  };
}

/**
 * The projections of an attention's fixation; null without one.
 *
 * @returns {FixationWeights | null}
 */
export function fixationWeights(tensors, attention) {
  const inside = `${attention}.fixation`;
  const query = `${inside}.query_projection`;
  if (!tensors.has(`${query}.weight`)) return null;
  const own = `${inside}.key_projection`;
  const key = tensors.has(`${own}.weight`) ? own : query;
  return {
    query_weight: tensors.get(`${query}.weight`),
    query_bias: tensors.get(`${query}.bias`),
    key_weight: tensors.get(`${key}.weight`),
    key_bias: tensors.get(`${key}.bias`),
  };
}

/** From the mean token to the logits: norm, linear, GELU, linear. */
function createHead(tensors, { dim, head_hidden: hidden, num_classes: classes }) {
  const norm = new LayerNorm(tensors, "head.0", 1e-5);
  const linear = (name, inputs, outputs) => {
    const [weight, bias] = [tensors.get(`${name}.weight`), tensors.get(`${name}.bias`)];
    return (x) =>
      Float32Array.from({ length: outputs }, (_, o) => {
        let sum = bias[o];
        for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * x[i];
        return sum;
      });
  };
  const [expand, classify] = [linear("head.1", dim, hidden), linear("head.4", hidden, classes)];
  return (mean) => {
    const token = { count: 1, width: dim, stride: dim, values: mean };
    norm.apply(token, token);
    return classify(expand(mean).map(gelu));
  };
}
