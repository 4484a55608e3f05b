/* The quantities that a panel can show: which array each reads, how a map is cut from it, and the text
   where a model has none. What its numbers mean comes with the data of the component. */

/** @import { ArrayReference, Axis, Manifest, Model, StoredArray, View } from "./types.d.ts" */

import { attributionGroups, attributionInView, attributionOf } from "./attributions.js";
import { frameMap, frameSlice, neighborMap } from "./maps.js";

// Attention received comes first in the list, as it is what a run opens with.
const ORDER = [
  "attention",
  "row",
  "rollout",
  "ratio-query",
  "ratio-key",
  "neighbor-query",
  "neighbor-key",
  "attribution",
  "motion",
];

/**
 * Keys of the quantities that a run offers: attributions only once some have been computed.
 *
 * @param {Manifest} manifest
 */
export function quantitiesOf(manifest) {
  return ORDER.filter((key) => key !== "attribution" || attributionGroups(manifest).length);
}

/** `[key, title]` of each quantity that a run offers, in the order of the list. */
export const quantityOptions = (manifest) =>
  quantitiesOf(manifest).map((key) => [key, QUANTITIES[key].title]);

/**
 * The quantity in view; an attribution with the title and the sign of the chosen one.
 *
 * @param {Manifest} manifest
 * @param {View} view
 * @returns {Quantity}
 */
export function quantityInView(manifest, view) {
  const quantity = QUANTITIES[view.show];
  if (view.show !== "attribution") return quantity;
  const { title, signed, entries } = attributionInView(manifest, view);
  const sign = signed ? " Above 0 speaks for the class, below 0 against it." : "";
  return {
    ...quantity,
    title: `${quantity.title}: ${title}`,
    signed,
    floor: 0,
    help: `A patch's number is the ${entries[0].unit}.${sign}`,
  };
}

const inRun = (name) => (manifest, model, view) => manifest.arrays[name(model, view)];

/**
 * A quantity.
 *
 * @typedef {object} Quantity
 * @property {string} title
 * @property {"stored" | "row" | "rollout"} from whether the maps are stored with the run, computed in the
 *   browser from the layer's features, or computed on request
 * @property {string} unit
 * @property {number | null} [floor] lower end of the color scale; null for the smallest value
 * @property {string} [help] what its numbers are, where that is not among the texts that come with the run
 * @property {{ at: number, label: string }} [mark] a value to mark on the color bar
 * @property {boolean} [bySource] keys can be counted by source or by slot
 * @property {boolean} [dial] the dial changes it
 * @property {boolean} [neighbors] it has a map for each direction
 * @property {boolean} [whole] it belongs to the frame or the network, not to one attention
 * @property {boolean} [ofClip] it belongs to the clip, not to a model
 * @property {boolean} [signed] its values lie around 0
 * @property {(manifest: Manifest, model: Model, view: View) => ArrayReference | undefined} [reference] the
 *   stored array
 * @property {(manifest: Manifest) => string} [footnote] sentences for the caption
 */

/** @type {Record<string, Quantity>} */
export const QUANTITIES = {
  row: {
    title: "Attention weights from a patch",
    from: "row",
    unit: "",
    floor: 0,
    bySource: true,
  },
  attention: {
    title: "Attention received",
    from: "stored",
    unit: "× uniform",
    mark: { at: 1, label: "1 = uniform" },
    floor: 0,
    bySource: true,
    dial: true,
    reference: inRun((model, view) => `${model.name}/${view.axis}/attention_received/${view.by}`),
  },
  "ratio-query": {
    title: "Fixation ratio, query",
    from: "stored",
    unit: "",
    floor: null,
    dial: true,
    reference: inRun((model, view) => `${model.name}/${view.axis}/ratio_query`),
  },
  "ratio-key": {
    title: "Fixation ratio, key",
    from: "stored",
    unit: "",
    floor: null,
    dial: true,
    reference: inRun((model, view) => `${model.name}/${view.axis}/ratio_key`),
  },
  "neighbor-query": {
    title: "Neighbor contribution, query",
    from: "stored",
    unit: "",
    floor: 0,
    neighbors: true,
    reference: inRun((model, view) => `${model.name}/${view.axis}/neighbor_share/query`),
  },
  "neighbor-key": {
    title: "Neighbor contribution, key",
    from: "stored",
    unit: "",
    floor: 0,
    neighbors: true,
    reference: inRun((model, view) => `${model.name}/${view.axis}/neighbor_share/key`),
  },
  attribution: {
    title: "Attribution",
    from: "stored",
    whole: true,
    unit: "",
    reference: (manifest, model, view) => attributionOf(manifest, model, view)?.arrays.map,
    footnote: () =>
      "An attribution shows which patches the output depends on, according to this method. Deletion and insertion on the Attribution page test whether the model really uses them.",
  },
  motion: {
    title: "Optical flow",
    from: "stored",
    whole: true,
    ofClip: true,
    unit: "px",
    floor: 0,
    reference: inRun((model) => `${model.name}/motion`),
    footnote: ({ models: [{ grid }] }) =>
      `Optical flow (DIS) to the next frame of the video that differs, without the camera's motion (affine), mean over each patch, in pixels of the model's frame of ${grid.model_width} × ${grid.model_height}. It is measured in the clip, not by a model.`,
  },
  rollout: {
    title: "Rollout (whole network)",
    from: "rollout",
    whole: true,
    unit: "",
    floor: 0,
    footnote: () =>
      "Attention rollout mixes each attention half and half with the residual path, by convention.",
  },
};

/** Whether the quantity belongs to one attention: a layer, an axis and a head. */
export function isOfOneAttention(show) {
  return !QUANTITIES[show].whole;
}

/**
 * The directions that a model's attention along an axis reads, in the order of the neighbor arrays.
 *
 * @param {Model} model
 * @param {Axis} axis
 */
export function directionsOf(model, axis) {
  return model.neighbors?.[axis] ?? [];
}

/**
 * The map of one frame for a view, from the decoded array of its quantity.
 *
 * @param {StoredArray} array
 * @param {View} view
 * @param {number} frame
 */
export function mapOf(array, view, frame) {
  const { head } = view;
  if (QUANTITIES[view.show].whole) return frameSlice(array, frame);
  if (QUANTITIES[view.show].neighbors) {
    return neighborMap(
      array,
      view.layer,
      head,
      view.neighbor === "all" ? null : view.neighbor,
      frame,
    );
  }
  return frameMap(array, view.layer, head, frame);
}

/**
 * Why a model has no map for a view.
 *
 * @param {Model} model
 * @param {View} view
 * @param {boolean} known whether the array exists at all
 */
export function absence(model, view, known) {
  if (view.show === "rollout")
    return { title: "Undefined", text: "There is no map for this model." };
  if (view.show === "motion") {
    return known
      ? {
          title: "Undefined",
          text: "This frame has no neighbor to compare it with, so its motion cannot be measured.",
        }
      : {
          title: "Not in this run",
          text: "An earlier version made this run, without measuring motion. Analyze the clip again.",
        };
  }
  if (view.show === "attribution") {
    return known
      ? {
          title: "Not in this frame",
          text: "The attribution was computed for other windows of the clip.",
        }
      : {
          title: "Not computed",
          text: "Compute it for this model on the Attribution page of fixviz.",
        };
  }
  if (!model.axes.includes(view.axis)) {
    return {
      title: `No ${view.axis} attention`,
      text: `This model attends along ${model.axes.join(" and ")} only.`,
    };
  }
  const quantity = QUANTITIES[view.show];
  if (quantity.neighbors) {
    if (!directionsOf(model, view.axis).length) {
      return {
        title: "No neighbors",
        text: "This model has no feature shift, so each token reads only its own place.",
      };
    }
    if (!known) {
      return {
        title: "Not learned",
        text: "Without fixation there is no ratio for neighbors to contribute to.",
      };
    }
    if (typeof view.head === "number") {
      return {
        title: `Not in head ${view.head}`,
        text: "This head holds no features of that neighbor. Try the mean of heads.",
      };
    }
    return {
      title: "No neighbors here",
      text: "This layer has no feature shift. Try another layer.",
    };
  }
  if (view.show === "row") {
    return { title: "Another window", text: "The query's attention does not reach this frame." };
  }
  if (view.show.startsWith("ratio") && !known) {
    return {
      title: "Not learned",
      text: "This model has no fixation, which is the same as a ratio of 1 everywhere.",
    };
  }
  return { title: "Undefined", text: "This map has no defined value in this frame." };
}
