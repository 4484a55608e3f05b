/* The maps of the view in hand, for all frames, and the colour range that belongs to them. */

import { colorRange } from "./maps.js";
import { QUANTITIES, mapOf } from "./quantities.js";

const KEYS = ["show", "axis", "by", "layer", "head", "neighbor"];

export class ViewMaps {
  constructor(manifest) {
    this.manifest = manifest;
    this.key = null;
  }

  /** Prepares for a view; what was computed stays while only the frame or the looks change. */
  show(view) {
    this.view = view;
    const key = JSON.stringify(KEYS.map((name) => view[name]));
    if (key === this.key) return;
    this.key = key;
    /** Per model a list of maps, one per frame, or null. */
    this.perModel = this.manifest.models.map(() => null);
    this.ranges = {};
  }

  /** Cuts a model's maps out of the array that the quantity names. */
  set(model, array) {
    this.perModel[model] = this.manifest.frames.index.map((_, frame) => mapOf(array, this.view, frame));
    this.ranges = {};
  }

  /** Colour range of a model's panel: shared by all models, its own, or its own in this frame; or null. */
  range(model) {
    const { view, perModel } = this;
    const { floor } = QUANTITIES[view.show];
    const own = perModel[model] ?? [];
    if (view.scale === "frame") return colorRange(own.slice(view.frame, view.frame + 1), floor);
    const key = view.scale === "shared" ? "shared" : model;
    const maps = view.scale === "shared" ? perModel.flatMap((list) => list ?? []) : own;
    if (!(key in this.ranges)) this.ranges[key] = colorRange(maps, floor);
    return this.ranges[key];
  }
}
