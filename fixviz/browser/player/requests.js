/* The requests of a viewer: parts that are drawn now, with the failures that a panel
   shows, and parts that will be needed soon. `owner` is the number of a model's panel, or "clip". */

/** @import { FileReference, Manifest, View } from "./types.d.ts" */
/** @import { Lens } from "./lens.js" */
/** @import { Parts } from "./loader.js" */

const SOON_MS = 700;
const FRAMES_AT_ONCE = 3;

export class Requests {
  /**
   * @param {Manifest} manifest
   * @param {Parts} parts
   * @param {Lens} lens
   * @param {(changes?: { curves?: boolean }) => void} redraw called when something has come or failed
   */
  constructor(manifest, parts, lens, redraw) {
    this.manifest = manifest;
    this.parts = parts;
    this.lens = lens;
    this.redraw = redraw;
    this.failed = new Map();
    this.rollouts = new Map();
  }

  close() {
    this.closed = true;
    clearTimeout(this.soon);
  }

  /** The reference of a frame's image. */
  frame(number) {
    return this.manifest.files[`frame/${String(number).padStart(4, "0")}`];
  }

  /**
   * The decoded part, or undefined, and requested, while it is not here. A failure is kept for the panel.
   *
   * @param {any} reference of a file or an array
   * @param {"image" | "array"} kind
   * @param {number | string} owner
   */
  part(reference, kind, owner) {
    if (!reference) return undefined;
    const ready = this.parts.peek(reference);
    if (ready || this.failed.has(reference.sha)) return ready;
    this.parts[kind](reference).then(
      () => this.redraw({ curves: kind === "array" }),
      (error) => this.#fail(reference.sha, error, owner),
    );
    return undefined;
  }

  /** Request the rollout of model `i`, once. */
  rollout(parameters, i) {
    const key = JSON.stringify(parameters);
    if (this.failed.has(key) || this.rollouts.get(i)?.key === key) return;
    const progress = { key, message: "" };
    this.rollouts.set(i, progress);
    const done = () => this.rollouts.get(i) === progress && this.rollouts.delete(i);
    const heard = ({ place, message }) => {
      progress.message = place > 1 ? `Place ${place} in the queue` : message;
      this.redraw();
    };
    this.parts.derived(parameters, heard).then(
      () => done() && this.redraw(),
      (error) => done() && this.#fail(key, error, i),
    );
  }

  /** What is being done about the rollout of model `i`: a text, or null. */
  rolloutProgress(i) {
    return this.rollouts.get(i)?.message ?? null;
  }

  /** Why a part of a panel could not be fetched: a sentence, or null. */
  failure(owner) {
    for (const failure of this.failed.values()) if (failure.owner === owner) return failure.message;
    return null;
  }

  /** Forget the failures and request the missing parts again. */
  retry() {
    this.failed.clear();
    this.lens.retry();
    this.redraw({ curves: true });
  }

  /**
   * Request the features of the layer `by` layers away from the one in view.
   *
   * @param {View} view
   * @param {number} by
   */
  features(view, by) {
    this.manifest.models.forEach((_, i) =>
      this.lens.prefetch(i, { ...view, layer: view.layer + by }),
    );
  }

  /** Request the layers beside a layer whose features are in use, once the view has stayed for a moment. */
  neighborsSoon(view) {
    clearTimeout(this.soon);
    if (!this.manifest.models.some((_, i) => this.lens.has(i, view))) return;
    this.soon = setTimeout(() => [1, -1].forEach((by) => this.features(view, by)), SOON_MS);
  }

  /** Fetch all frames, a few at a time, from frame `first` on, the order in which they will be shown. */
  async frames(first) {
    const count = this.manifest.frames.index.length;
    let next = 0;
    const fetchNext = async () => {
      while (next < count && !this.closed)
        await this.parts.image(this.frame((first + next++) % count)).catch(() => null);
    };
    await Promise.all(Array.from({ length: FRAMES_AT_ONCE }, fetchNext));
  }

  #fail(key, error, owner) {
    this.failed.set(key, { message: error.message, owner });
    this.redraw();
  }
}
