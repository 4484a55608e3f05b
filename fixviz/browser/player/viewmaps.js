/* The maps of a view, stored or computed, and their color ranges. */

/** @import { Manifest, Model, Range, View } from "./types.d.ts" */
/** @import { Lens } from "./lens.js" */
/** @import { Parts } from "./loader.js" */

import { dialMap, rolloutOf, rolloutParameters, rowOf } from "./computed.js";
import { colorRange, difference, isUndefined, symmetricRange } from "./maps.js";
import { QUANTITIES, directionsOf, mapOf, quantityInView } from "./quantities.js";
import { activeQuery } from "./query.js";
import { dialOf, isTurned } from "./view.js";

const STORED = ["show", "axis", "by", "layer", "head", "neighbor", "versus", "attribution"];
const COMPUTED = ["query", "active", "alpha", "off"];
const SLICE_MS = 8;

/**
 * Whether the dial changes a model's attention in view.
 *
 * @param {Model} model
 * @param {View} view
 */
export function isAffected(model, view) {
  return (
    model.axes.includes(view.axis) &&
    ((view.alpha !== 1 && model.fixation !== "none") ||
      (view.off !== "" && directionsOf(model, view.axis).length > 0))
  );
}

/**
 * Whether the browser computes a model's map in view: the dial changes it, or it is not stored and the run has
 * the model's network.
 *
 * @param {Manifest} manifest
 * @param {Model} model
 * @param {View} view
 */
export function isComputed(manifest, model, view) {
  const { dial, reference } = QUANTITIES[view.show];
  if (!dial || isAffected(model, view)) return Boolean(dial);
  const there = view.show === "attention" && model.axes.includes(view.axis);
  return there && Boolean(model.network) && !reference(manifest, model, view);
}

/**
 * Whether a model has the layer and the head in view.
 *
 * @param {Model} model
 * @param {View} view
 */
export function fits(model, view) {
  if (QUANTITIES[view.show].whole) return true;
  return view.layer < model.layers && (typeof view.head !== "number" || view.head < model.heads);
}

export class ViewMaps {
  /** @type {((parameters: Record<string, string>, i: number) => void) | null} requests a rollout */
  askRollout = null;

  /**
   * @param {Manifest} manifest
   * @param {Parts} parts
   * @param {Lens} lens
   */
  constructor(manifest, parts, lens) {
    this.manifest = manifest;
    this.parts = parts;
    this.lens = lens;
    this.count = manifest.frames.index.length;
    this.key = null;
    this.asked = new Set();
  }

  /** Prepare for a view; what was computed stays while only the frame or the display options change. */
  show(view, held) {
    const turned = QUANTITIES[view.show].dial && isTurned(view);
    const names =
      QUANTITIES[view.show].from === "stored" && !turned ? STORED : [...STORED, ...COMPUTED];
    if (this.#isFixed(view)) names.push("at");
    const key = JSON.stringify(names.map((name) => view[name]));
    if (key === this.key) {
      this.view = view;
      return;
    }
    for (const i of this.asked) this.lens.cancel("maps", i, this.view);
    this.asked.clear();
    // While the dial is dragged, the color scale stays the same.
    this.frozen = held ? (this.frozen ?? this.manifest.models.map((_, i) => this.range(i))) : null;
    this.view = view;
    this.key = key;
    this.own = this.manifest.models.map(() => null);
    this.differences = this.manifest.models.map(() => []);
    this.rows = this.manifest.models.map(() => null);
    this.ranges = {};
  }

  /** Let the color range follow the maps again. */
  release() {
    if (this.frozen) this.ranges = {};
    this.frozen = null;
  }

  /** Whether the maps depend on the query's frame instead of the frame in view. */
  #isFixed({ show, axis }) {
    return show === "rollout" || (show === "row" && axis !== "spatial");
  }

  /** Get what the frame in view needs. `stored(reference, i)` returns a decoded array or undefined. */
  update(stored) {
    this.manifest.models.forEach((model, i) => {
      if (fits(model, this.view)) this.#bring(model, i, this.view.frame, stored);
    });
  }

  #bring(model, i, frame, stored) {
    const { view } = this;
    const { from, reference } = QUANTITIES[view.show];
    if (from === "rollout") this.#bringRollout(model, i);
    else if (from === "row") this.#bringRow(model, i, frame);
    else if (isComputed(this.manifest, model, view)) this.#bringDial(i, frame);
    else if (!this.own[i]) {
      const found = stored(reference(this.manifest, model, view), i);
      if (!found) return;
      this.own[i] = Array.from({ length: this.count }, (_, n) => mapOf(found, view, n));
      this.ranges = {};
    }
  }

  #list(i) {
    this.own[i] ??= new Array(this.count);
    return this.own[i];
  }

  #bringDial(i, frame) {
    const { view } = this;
    if (this.own[i]?.[frame] !== undefined) return;
    const found = this.lens.get(i, view, frame);
    if (!found) return;
    this.#list(i)[frame] = dialMap(found, { ...view, frame, dial: dialOf(this.manifest, view) });
    this.ranges = {};
  }

  #bringRow(model, i, frame) {
    const { view, manifest } = this;
    const query = activeQuery(view);
    if (!query || !model.axes.includes(view.axis)) return;
    const fixed = this.#isFixed(view);
    const at = fixed ? view.at : frame;
    this.rows[i] ??= new Map();
    if (this.rows[i].has(at)) return;
    const found = this.lens.get(i, view, at);
    if (!found) return;
    const own = manifest.models[0].grid;
    const row = rowOf(found, {
      grid: model.grid,
      own,
      query,
      frame: at,
      head: view.head,
      by: view.by,
      dial: dialOf(manifest, view),
    });
    this.rows[i].set(at, row);
    if (fixed) this.#spread(i, row);
    else this.#list(i)[at] = row.maps[row.position];
    this.ranges = {};
  }

  #bringRollout(model, i) {
    const { view, manifest, parts } = this;
    if (this.own[i]) return;
    const parameters = rolloutParameters(
      model,
      manifest.models[0].grid,
      activeQuery(view),
      view.at,
    );
    const found = parts.peekDerived(parameters);
    if (!found) {
      this.askRollout?.(parameters, i);
      return;
    }
    const rollout = rolloutOf(found);
    this.rows[i] = new Map([[view.at, rollout]]);
    this.#spread(i, rollout);
    this.ranges = {};
  }

  /** Put the maps of a window at their frames; other frames have none. */
  #spread(i, { maps, start }) {
    const list = this.#list(i).fill(null);
    maps.forEach((map, t) => {
      if (start + t < this.count) list[start + t] = map;
    });
  }

  /** Whether maps of other frames are still to be computed. */
  pending() {
    return this.own.some((list, i) => list?.includes(undefined) && this.lens.has(i, this.view));
  }

  /** Whether maps of other frames wait for features that are still to come. */
  coming() {
    return this.own.some((list, i) => list?.includes(undefined) && this.lens.coming(i, this.view));
  }

  /**
   * Compute the missing maps under the dial in the worker, those of the nearest frames first. Calls
   * `onChange()` when a model has all of its maps. Returns whether there are maps that `fill` must
   * compute instead.
   */
  fillBeside(onChange) {
    if (!QUANTITIES[this.view.show].dial) return this.pending();
    this.own.forEach((list, i) => {
      if (!list?.includes(undefined) || this.asked.has(i) || !this.lens.has(i, this.view)) return;
      this.asked.add(i);
      this.#askBeside(i, list, onChange);
    });
    return false;
  }

  #askBeside(i, list, onChange) {
    const { view } = this;
    const frames = this.#nearest().filter((frame) => list[frame] === undefined);
    const take = (found) => {
      for (const { frame, map } of found) list[frame] ??= map;
    };
    const request = {
      show: view.show,
      frames,
      head: view.head,
      by: view.by,
      ...dialOf(this.manifest, view),
    };
    const done = (found) => {
      take(found);
      // null tells the panel that there is no map.
      for (const frame of frames) list[frame] ??= null;
      this.ranges = {};
      onChange();
    };
    this.lens
      .run("maps", i, view, request, take)
      .then(done, (error) => error.name !== "AbortError" && done([]));
  }

  /** All frames but the one in view, nearest first. */
  #nearest() {
    const { frame } = this.view;
    const others = Array.from({ length: this.count }, (_, n) => n).filter((n) => n !== frame);
    return others.sort((a, b) => Math.abs(a - frame) - Math.abs(b - frame));
  }

  /**
   * Compute more frames for a moment, nearest first, for the color range over the clip. Returns whether
   * some are missing.
   */
  fill() {
    const until = performance.now() + SLICE_MS;
    for (const frame of this.#nearest()) {
      for (let i = 0; i < this.own.length; i++) {
        if (!this.own[i] || this.own[i][frame] !== undefined || !this.lens.has(i, this.view))
          continue;
        this.#bring(this.manifest.models[i], i, frame, () => undefined);
        if (performance.now() > until) return true;
      }
    }
    return false;
  }

  /** The query's row or rollout that the panel of model `i` shows in the frame in view, or null. */
  row(i) {
    return this.rows[i]?.get(this.#isFixed(this.view) ? this.view.at : this.view.frame) ?? null;
  }

  /** Whether the panel of model `i` shows the difference from another model. */
  isDifference(i) {
    return this.#compared() && this.view.versus !== i;
  }

  /** Whether the others are compared with model `i`, which keeps its own map and scale. */
  isBase(i) {
    return this.#compared() && this.view.versus === i;
  }

  #compared() {
    return typeof this.view.versus === "number" && !QUANTITIES[this.view.show].ofClip;
  }

  /** Whether the numbers of a panel lie around 0. */
  isSigned(i) {
    return this.isDifference(i) || Boolean(quantityInView(this.manifest, this.view).signed);
  }

  /** The name of the color map of a model's panel. */
  colors(i) {
    return this.isSigned(i) ? "difference" : this.view.colors;
  }

  /**
   * The map that the panel of model `i` shows in a frame; null where there is none, undefined while it
   * is not here.
   *
   * @param {number} i
   * @param {number} frame
   * @returns {Float32Array | null | undefined}
   */
  map(i, frame) {
    const own = this.own[i]?.[frame];
    if (!this.isDifference(i) || !own) return own;
    const other = this.own[this.view.versus]?.[frame];
    if (!other) return other;
    if (own.length !== other.length) return null;
    return (this.differences[i][frame] ??= difference(own, other));
  }

  /**
   * The color range of the panel of model `i`: shared by all models, its own, or its own in a frame.
   *
   * @param {number} i
   * @param {number} frame
   * @returns {Range | null}
   */
  range(i, frame = this.view.frame) {
    if (this.frozen?.[i]) return this.frozen[i];
    const { scale } = this.view;
    const group = this.#group(i);
    const key = `${scale === "shared" ? group : i}/${scale === "frame" ? frame : ""}`;
    const models = scale === "shared" ? this.#members(group) : [i];
    if (!(key in this.ranges)) this.ranges[key] = this.#measure(models, scale === "frame", frame);
    return this.ranges[key];
  }

  /** The group of models that share a scale: differences have one of their own. */
  #group(i) {
    return this.isDifference(i) ? "difference" : "own";
  }

  #members(group) {
    return this.own.map((_, i) => i).filter((i) => this.#group(i) === group);
  }

  #measure(models, frameOnly, frame) {
    const complete =
      !frameOnly && models.every((i) => !this.own[i] || !this.own[i].includes(undefined));
    const frames = complete ? Array.from({ length: this.count }, (_, n) => n) : [frame];
    const maps = models
      .flatMap((i) => (this.own[i] ? frames.map((n) => this.map(i, n)) : []))
      .filter((map) => !isUndefined(map));
    if (!maps.length) return null;
    return this.isSigned(models[0])
      ? symmetricRange(maps)
      : colorRange(maps, QUANTITIES[this.view.show].floor ?? null);
  }
}
