/* What a viewer asks of the server: parts that are drawn now, with the failures that a panel shows, and parts that
   will be wanted soon. `owner` is the number of a model's panel, or "clip". */

const SOON_MS = 700;
const FRAMES_AT_ONCE = 3;

export class Requests {
  /** `redraw({ curves })` is called when something has come or failed. */
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

  /** Reference of a frame's image. */
  frame(number) {
    return this.manifest.files[`frame/${String(number).padStart(4, "0")}`];
  }

  /** The decoded part ("image" or "array"), or undefined while it is loading; a failure is kept for the panel to show. */
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

  /** Asks for a model's rollout, once. */
  rollout(words, i) {
    const key = JSON.stringify(words);
    if (this.failed.has(key) || this.rollouts.get(i)?.key === key) return;
    const progress = { key, message: "" };
    this.rollouts.set(i, progress);
    const done = () => this.rollouts.get(i) === progress && this.rollouts.delete(i);
    const heard = ({ place, message }) => {
      progress.message = place > 1 ? `Place ${place} in the queue` : message;
      this.redraw();
    };
    this.parts.derived(words, heard).then(
      () => done() && this.redraw(),
      (error) => done() && this.#fail(key, error, i),
    );
  }

  /** What the server is doing about a model's rollout: words, or null. */
  rolloutProgress(i) {
    return this.rollouts.get(i)?.message ?? null;
  }

  /** Why something of a panel could not be had: a sentence, or null. */
  failure(owner) {
    for (const failure of this.failed.values()) if (failure.owner === owner) return failure.message;
    return null;
  }

  /** Forgets the failures, so that the next look asks again. */
  retry() {
    this.failed.clear();
    this.lens.retry();
    this.redraw({ curves: true });
  }

  /** Features of the layer `by` layers away from the one in view. */
  features(view, by) {
    this.manifest.models.forEach((_, i) =>
      this.lens.prefetch(i, { ...view, layer: view.layer + by }),
    );
  }

  /** Once somebody stays, the layers next to a layer whose features are in use. */
  neighborsSoon(view) {
    clearTimeout(this.soon);
    if (!this.manifest.models.some((_, i) => this.lens.has(i, view))) return;
    this.soon = setTimeout(() => [1, -1].forEach((by) => this.features(view, by)), SOON_MS);
  }

  /** Fetches all frames, a few at a time, from frame `first` on: the order in which they will be wanted. */
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
