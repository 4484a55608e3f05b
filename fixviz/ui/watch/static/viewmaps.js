/* The maps of the view in hand, stored or computed, and the color range that belongs to them. */

import { dialMap, rolloutOf, rolloutWords, rowOf } from "./computed.js";
import { colorRange, difference, isUndefined, symmetricRange } from "./maps.js";
import { QUANTITIES, directionsOf, mapOf, quantityInView } from "./quantities.js";
import { activeQuery } from "./query.js";
import { dialOf, isTurned } from "./view.js";

const STORED = ["show", "axis", "by", "layer", "head", "neighbor", "versus", "attribution"];
const COMPUTED = ["query", "active", "alpha", "off"];
const SLICE_MS = 8;

/** Whether the dial changes anything in a model's attention in view. */
export function isAffected(model, view) {
  return (
    model.axes.includes(view.axis) &&
    ((view.alpha !== 1 && model.fixation !== "none") ||
      (view.off !== "" && directionsOf(model, view.axis).length > 0))
  );
}

/** Whether a model has the layer and the head in view. */
export function fits(model, view) {
  if (QUANTITIES[view.show].whole) return true;
  return view.layer < model.layers && (typeof view.head !== "number" || view.head < model.heads);
}

export class ViewMaps {
  /** `parts` and `lens` are asked for what is missing; they redraw when it comes. */
  constructor(manifest, parts, lens) {
    this.manifest = manifest;
    this.parts = parts;
    this.lens = lens;
    this.count = manifest.frames.index.length;
    this.key = null;
    this.asked = new Set();
  }

  /** Prepares for a view; what was computed stays while only the frame or the looks change. */
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
    // While the dial is being dragged, one color keeps its meaning.
    this.frozen = held ? (this.frozen ?? this.manifest.models.map((_, i) => this.range(i))) : null;
    this.view = view;
    this.key = key;
    this.own = this.manifest.models.map(() => null);
    this.differences = this.manifest.models.map(() => []);
    this.rows = this.manifest.models.map(() => null);
    this.ranges = {};
  }

  /** The range may follow the maps again. */
  release() {
    if (this.frozen) this.ranges = {};
    this.frozen = null;
  }

  /** Whether the maps hang on the query's own frame instead of the frame in view. */
  #isFixed({ show, axis }) {
    return show === "rollout" || (show === "row" && axis !== "spatial");
  }

  /** Brings in what the frame in view needs. `stored(reference, i)` gives a decoded array or undefined. */
  update(stored) {
    this.manifest.models.forEach((model, i) => {
      if (fits(model, this.view)) this.#bring(model, i, this.view.frame, stored);
    });
  }

  #bring(model, i, frame, stored) {
    const { view } = this;
    const { from, dial, reference } = QUANTITIES[view.show];
    if (from === "rollout") this.#bringRollout(model, i);
    else if (from === "row") this.#bringRow(model, i, frame);
    else if (dial && isAffected(model, view)) this.#bringDial(i, frame);
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
    const found = this.lens.get(i, view);
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
    const found = this.lens.get(i, view);
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
    const words = rolloutWords(model, manifest.models[0].grid, activeQuery(view), view.at);
    const found = parts.peekDerived(words);
    if (!found) {
      this.askRollout?.(words, i);
      return;
    }
    const rollout = rolloutOf(found);
    this.rows[i] = new Map([[view.at, rollout]]);
    this.#spread(i, rollout);
    this.ranges = {};
  }

  /** Puts the maps of a window at their frames; other frames have none. */
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

  /**
   * Computes the missing maps of a dial beside the page, those of the nearest frames first; `onChange()` when a
   * model has all of its own. True when the rest is computed here, by `fill`.
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
      // What could not be computed is undefined in the panel's terms too: there is no map.
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

  /** Computes more frames for a moment, nearest first, for the range over the clip; true while some are missing. */
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

  /** The query's row or rollout that a model's panel shows in the frame in view, with its figures, or null. */
  row(i) {
    return this.rows[i]?.get(this.#isFixed(this.view) ? this.view.at : this.view.frame) ?? null;
  }

  /** Whether the panel shows the difference from another model. */
  isDifference(i) {
    return this.#compared() && this.view.versus !== i;
  }

  /** Whether the model is the one that the others are compared with: it keeps its own map and scale. */
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

  /** Name of the color map of a model's panel. */
  colors(i) {
    return this.isSigned(i) ? "difference" : this.view.colors;
  }

  /** Map that a model's panel shows in a frame: an array; null when there is none; undefined when it is not here. */
  map(i, frame) {
    const own = this.own[i]?.[frame];
    if (!this.isDifference(i) || !own) return own;
    const other = this.own[this.view.versus]?.[frame];
    if (!other) return other;
    if (own.length !== other.length) return null;
    return (this.differences[i][frame] ??= difference(own, other));
  }

  /** The maps shown: per model a list over the frames, or null. */
  get perModel() {
    return this.own.map((list, i) => list && Array.from(list, (_, frame) => this.map(i, frame)));
  }

  /** Color range of a model's panel: shared by all models, its own, or its own in a frame; or null. */
  range(i, frame = this.view.frame) {
    if (this.frozen?.[i]) return this.frozen[i];
    const { scale } = this.view;
    const group = this.#group(i);
    const key = `${scale === "shared" ? group : i}/${scale === "frame" ? frame : ""}`;
    const models = scale === "shared" ? this.#members(group) : [i];
    if (!(key in this.ranges)) this.ranges[key] = this.#measure(models, scale === "frame", frame);
    return this.ranges[key];
  }

  /** Differences share a scale of their own. */
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
