/* The viewer of a run: puts controls, panels and timeline together and redraws them when the view changes. */

import { caption, pictureLabel } from "./caption.js";
import { Controls } from "./controls.js";
import { drawColorBar } from "./colorbar.js";
import { DialStrip } from "./dialstrip.js";
import { el, setText } from "./dom.js";
import { addExport } from "./export/menu.js";
import { number, seconds } from "./format.js";
import { patchAt } from "./geometry.js";
import { Lens } from "./lens.js";
import { isUndefined, metricCurve, strongest } from "./maps.js";
import { Panel } from "./panel.js";
import { Player } from "./player.js";
import { QUANTITIES } from "./quantities.js";
import { activeQuery, choose, placeIn, readQueries, remove } from "./query.js";
import { QueryBar } from "./querybar.js";
import { notice, panelFigures, readout } from "./readouts.js";
import { addThumbnails } from "./thumbnails.js";
import { Timeline } from "./timeline.js";
import { Transport } from "./transport.js";
import { TurnedCurves, turnedMeans } from "./turned.js";
import { cleanView, isTurned, linkWords, settledView } from "./view.js";
import { ViewMaps, fits, isAffected } from "./viewmaps.js";

const PREFETCH_MS = 700;
const CAPTION_MS = 120;
const CURVES = ["layer", "head", "axis", "alpha", "off"];
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const frameName = (i) => `frame/${String(i).padStart(4, "0")}`;

export class Viewer {
  /** `words`: the view in the words of a link. `onView(words)`: called when a change has settled. */
  constructor(manifest, parts, { words, onView }) {
    this.manifest = manifest;
    this.parts = parts;
    this.onView = onView;
    this.view = cleanView(manifest, words);
    this.hover = null;
    this.failed = new Map();
    this.rolloutProgress = new Map();
    this.lens = new Lens(manifest, parts, () => this.redraw({ curves: true }));
    this.maps = new ViewMaps(manifest, parts, this.lens);
    this.maps.askRollout = (askWords, i) => this.#askRollout(askWords, i);
    this.turned = new TurnedCurves(manifest, this.lens, () => this.redraw({ curves: true }));
    this.player = new Player(manifest.frames.timestamp_s, {
      onFrame: (frame) => this.set({ frame }, false),
      onState: (playing) => this.transport.showPlaying(playing),
    });
    this.#build();
    this.resizes = new ResizeObserver(() => {
      this.resized = true;
      this.redraw({ curves: true });
    });
    this.resizes.observe(this.element);
    this.#prefetchFrames();
  }

  close() {
    this.player.stop();
    this.resizes.disconnect();
    this.closed = true;
    clearTimeout(this.prefetchTimer);
    clearTimeout(this.fillTimer);
    clearTimeout(this.captionTimer);
    this.lens.close();
    this.parts.close();
  }

  /** Changes the view; `settled` is false while something is still being dragged or played. */
  set(changes, settled) {
    const before = this.view;
    this.view = settledView(this.manifest, before, changes, settled);
    this.held = !settled && "alpha" in changes;
    if (settled) this.maps.release();
    this.settled = settled;
    // The curves under the dial come once it is let go.
    this.redraw({ curves: !this.held && CURVES.some((key) => before[key] !== this.view[key]) });
    if (!settled) return;
    this.#prefetchSoon();
    this.onView(linkWords(this.manifest, this.view));
  }

  /** Redraws before the next frame of the screen, once for all changes until then. */
  redraw({ curves = false } = {}) {
    this.curvesStale ||= curves;
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      if (!this.closed && this.element.isConnected) this.#draw();
    });
  }

  #build() {
    const { manifest } = this;
    const { display, models } = manifest;
    const change = (changes, settled) => this.set(changes, settled);
    const seek = (frame, settled) => {
      this.player.stop();
      this.set({ frame }, settled);
    };
    this.controls = new Controls(change);
    this.dial = new DialStrip(change);
    this.queryBar = new QueryBar({
      onChoose: (active) => this.set({ active }, true),
      onRemove: (index) => this.set(remove(this.view, index), true),
      onClear: () => this.#clearQuery(),
      onMove: () => this.set({ at: this.view.frame }, true),
    });
    const shared = {
      display,
      onPoint: (point) => {
        this.hover = point;
        this.redraw();
      },
      onPick: (point, pin) => this.#pick(patchAt(models[0].grid, point.x, point.y, 1), pin),
      onKey: (event) => this.#moveQuery(event),
      onFrame: (frame) => seek(frame, true),
      onRetry: () => this.#retry(),
    };
    this.clip = new Panel({ title: "Clip", subtitle: manifest.clip.name, model: null, slot: null, ...shared });
    const notes = new Set(models.map((model) => model.note));
    this.sharedNote = notes.size === 1 ? models[0].note : null;
    this.clip.showNote(this.sharedNote);
    this.panels = models.map((model, slot) => new Panel({ title: model.title, model, slot, ...shared }));
    this.timeline = new Timeline({ times: manifest.frames.timestamp_s, models, onFrame: seek });
    this.transport = new Transport({
      still: manifest.frames.index.length < 2,
      onStep: (by) => this.#step(by),
      onToggle: () => this.#toggle(),
    });
    this.scaleTitle = el("span", { class: "scale-title" });
    this.scaleBar = el("div", { class: "scale-bar" });
    this.caption = el("p", { class: "caption" });
    this.live = el("div", { class: "unseen", role: "status" });
    const intent = () => this.#prefetchFeatures(0);
    this.stage = el(
      "div",
      {
        class: models.length > 3 ? "stage many" : "stage",
        tabindex: "0",
        role: "group",
        "aria-label": "Panels. The left and right arrow keys step through the frames, space plays and pauses.",
        style: `--panels: ${models.length + 1}`,
        onpointerenter: intent,
        onfocusin: intent,
      },
      this.clip.element,
      ...this.panels.map((panel) => panel.element),
    );
    this.element = el(
      "div",
      { class: "viewer", onkeydown: (event) => this.#key(event) },
      this.controls.element,
      el("div", { class: "scale" }, this.scaleTitle, this.scaleBar),
      this.queryBar.element,
      this.stage,
      this.dial.element,
      this.transport.element,
      this.timeline.element,
      this.caption,
      this.live,
    );
    addExport(this);
    addThumbnails(this);
  }

  #step(by) {
    this.player.stop();
    const last = this.manifest.frames.index.length - 1;
    this.set({ frame: Math.min(last, Math.max(0, this.view.frame + by)) }, true);
  }

  #toggle() {
    if (this.player.playing) {
      this.player.stop();
      this.set({}, true);
    } else this.player.start(this.view.frame);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const inField = target.matches("input, select");
    const spare = target === this.timeline.slider || !target.matches("input, select, button, summary");
    if (step && !inField) this.#step(step);
    else if (event.key === " " && spare) this.#toggle();
    else if (event.key === "Escape" && this.view.query) this.#clearQuery();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Makes a patch of the first model's grid the query. */
  #pick(patch, pin) {
    if (!patch) return;
    const show = QUANTITIES[this.view.show].from === "stored" ? "row" : this.view.show;
    this.set({ ...choose(this.view, patch, pin), show, at: this.view.frame }, true);
    setText(this.live, `Query patch row ${patch.row}, column ${patch.column}`);
  }

  #moveQuery(event) {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns } = this.manifest.models[0].grid;
    const from = activeQuery(this.view);
    const row = from ? Math.min(rows - 1, Math.max(0, from.row + step[0])) : rows >> 1;
    const column = from ? Math.min(columns - 1, Math.max(0, from.column + step[1])) : columns >> 1;
    this.#pick({ row, column }, event.shiftKey && Boolean(from));
    event.preventDefault();
    event.stopPropagation();
  }

  #clearQuery() {
    this.set({ query: "", active: 0, show: this.view.show === "row" ? "attention" : this.view.show }, true);
    setText(this.live, "No query");
  }

  #retry() {
    this.failed.clear();
    this.lens.retry();
    this.redraw({ curves: true });
  }

  /** The decoded part, or undefined while it is loading; a failure is kept for the panel to show. */
  #part(reference, load, panel) {
    if (!reference) return undefined;
    const ready = this.parts.peek(reference);
    if (ready || this.failed.has(reference.sha)) return ready;
    this.parts[load](reference).then(
      () => this.redraw({ curves: load === "array" }),
      (error) => this.#fail(reference.sha, error, panel),
    );
    return undefined;
  }

  #fail(key, error, panel) {
    this.failed.set(key, { message: error.message, panel });
    this.redraw();
  }

  #askRollout(words, i) {
    const key = JSON.stringify(words);
    if (this.failed.has(key) || this.rolloutProgress.get(i)?.key === key) return;
    const progress = { key, message: "" };
    this.rolloutProgress.set(i, progress);
    const done = () => this.rolloutProgress.get(i) === progress && this.rolloutProgress.delete(i);
    const heard = ({ place, message }) => {
      progress.message = place > 1 ? `Place ${place} in the queue` : message;
      this.redraw();
    };
    this.parts.derived(words, heard).then(
      () => done() && this.redraw(),
      (error) => done() && this.#fail(key, error, this.panels[i]),
    );
  }

  #draw() {
    const { manifest, view, maps } = this;
    const quantity = QUANTITIES[view.show];
    // Asking for sizes costs a layout of the page, so it is not done for every frame.
    if (this.resized) for (const panel of [this.clip, ...this.panels]) panel.fit();
    this.resized = false;
    const image = this.#part(manifest.files[frameName(view.frame)], "image", this.clip);
    const picture = image ?? this.lastImage;
    if (image) this.lastImage = image;
    maps.show(view, this.held);
    maps.update((reference, i) => this.#part(reference, "array", this.panels[i]));
    this.controls.sync(manifest, view);
    this.#drawScale(quantity);
    this.#drawClip(picture);
    const waiting = manifest.models.map((_, i) => this.#drawModel(i, picture, quantity));
    this.#drawBars(quantity);
    if (this.curvesStale) this.#drawCurves();
    this.timeline.showFrame(view.frame);
    const times = manifest.frames.timestamp_s;
    this.transport.showClock(`${seconds(times[view.frame])} of ${seconds(times[times.length - 1])}, frame ${view.frame} of ${times.length - 1}`);
    this.#showCaption();
    const ready = Boolean(image) && !waiting.includes(true);
    this.element.dataset.frame = String(view.frame);
    this.element.dataset.query = ready && quantity.from === "row" ? view.query : "";
    this.element.dataset.ready = String(ready && !this.#fillMore(ready) && !this.turned.busy);
  }

  /** The caption may be several lines long, and laying them out anew costs more than drawing a panel. */
  #showCaption() {
    clearTimeout(this.captionTimer);
    const show = () => setText(this.caption, caption(this.manifest, this.view));
    if (this.settled === false) this.captionTimer = setTimeout(show, CAPTION_MS);
    else show();
  }

  /** Computes the other frames' maps bit by bit; true while there is more to do. */
  #fillMore(ready) {
    clearTimeout(this.fillTimer);
    if (!ready || this.held || this.player.playing) return false;
    if (!this.maps.pending()) return false;
    this.fillTimer = setTimeout(() => {
      if (this.closed) return;
      this.maps.fill();
      if (this.maps.pending()) this.#fillMore(true);
      else this.redraw();
    }, 0);
    return true;
  }

  #drawScale(quantity) {
    const { view, maps, manifest } = this;
    const others = manifest.models.findIndex((_, i) => maps.isDifference(i));
    const versus = others >= 0 ? `Difference from ${manifest.models[view.versus].title}: ` : "";
    const title = versus ? `${versus}${quantity.title.toLowerCase()}` : quantity.title;
    const shared = view.scale === "shared" ? maps.range(Math.max(0, others)) : null;
    setText(this.scaleTitle, quantity.unit ? `${title} (${quantity.unit})` : title);
    this.scaleTitle.title = quantity.help;
    drawColorBar(this.scaleBar, { range: shared, colors: this.colors(Math.max(0, others)), quantity: versus ? { ...quantity, mark: null } : quantity });
    this.stage.classList.toggle("own-scales", view.scale !== "shared");
  }

  /** Name of the color map of a model's panel. */
  colors(i) {
    return this.maps.isDifference(i) ? "difference" : this.view.colors;
  }

  #drawBars(quantity) {
    const { view, manifest } = this;
    const fixed = view.show === "rollout" || (view.show === "row" && view.axis !== "spatial");
    const move = fixed && view.at !== view.frame && (view.query || view.show === "rollout") ? `From frame ${view.at}: move to frame ${view.frame}` : null;
    this.queryBar.sync(view, { shown: quantity.from !== "stored", move, pooled: view.show === "rollout" });
    const dialed = quantity.dial || quantity.from === "row" ? manifest.models.filter((model) => model.axes.includes(view.axis) && fits(model, view)) : [];
    const dialable = dialed.filter((model) => model.fixation !== "none" || model.neighbors?.[view.axis]?.length);
    this.dial.sync(manifest, view, dialable);
  }

  #drawCurves() {
    const { manifest } = this;
    this.curvesStale = false;
    const turned = this.turned.show(this.view, this.held);
    const learned = manifest.models.map((model, i) => this.#curve(model, i));
    this.timeline.drawCurves(learned, turned, `α = ${this.view.alpha}`);
    setText(this.dial.means, turnedMeans(manifest.models, learned, turned));
  }

  #drawClip(image) {
    const { manifest, view } = this;
    const at = seconds(manifest.frames.timestamp_s[view.frame]);
    this.clip.draw({ image, view, marks: this.#marks(manifest.models[0].grid), label: `Frame ${view.frame} of the clip ${manifest.clip.name}, at ${at}.` });
    this.clip.showError(this.#failure(this.clip));
    const { width, height, fps } = manifest.clip;
    setText(this.clip.readout, `${width} × ${height} px, ${number(fps)} frames/s`);
  }

  #marks(grid) {
    const { view, manifest } = this;
    const faint = QUANTITIES[view.show].from !== "stored" && !(view.show === "row" && view.axis === "spatial") && view.at !== view.frame;
    return readQueries(view.query).map((query, index) => ({
      ...placeIn(grid, query, manifest.models[0].grid),
      grid,
      index,
      active: index === view.active,
      faint,
    }));
  }

  /** Draws a model's panel; true while its map is on its way. */
  #drawModel(i, image, quantity) {
    const { manifest, view, maps } = this;
    const model = manifest.models[i];
    const panel = this.panels[i];
    const known = maps.map(i, view.frame);
    const map = isUndefined(known) ? null : known;
    const range = map && maps.range(i);
    const row = maps.row(i);
    const failure = this.#failure(panel) ?? (map ? null : this.#lensFailure(i, model, quantity));
    const progress = quantity.from === "rollout" ? (this.rolloutProgress.get(i)?.message ?? null) : this.lens.progress(i, view);
    const said = failure || map ? null : notice(model, view, { map: known === undefined ? undefined : null, arrays: manifest.arrays, query: view.query, row, progress });
    const hover = this.hover && patchAt(model.grid, this.hover.x, this.hover.y, 1);
    const best = map && strongest(map, maps.isDifference(i));
    const marks = this.#marks(model.grid);
    panel.draw({ image, map, range, view, colors: this.colors(i), hover, marks, absence: said, label: pictureLabel(model, manifest, view, best, model.grid) });
    panel.showError(failure);
    panel.showDialed(isTurned(view) && isAffected(model, view) && (quantity.dial || quantity.from === "row") ? this.#dialWords(model) : null);
    panel.showScale(view.scale === "shared" && !this.#isBase(i) ? null : range, this.colors(i), quantity);
    setText(panel.readout, readout(model, map, hover, best, quantity, maps.isDifference(i)));
    panel.showFigures(panelFigures(model, view, row, this.lens.has(i, view) ? this.lens.get(i, view).description.stored_error : null));
    if (row && (view.show === "rollout" || view.axis !== "spatial")) {
      panel.strip.show({ ...row, frame: view.frame, query: view.query ? view.at : null, count: manifest.frames.index.length });
    } else panel.strip.hide();
    panel.showClasses(model.probabilities[model.window_of_frame[view.frame]], this.#note(model));
    return !failure && !map && (said ? Boolean(said.waiting) : true);
  }

  /** The model that the others are compared with keeps its own map and scale. */
  #isBase(i) {
    return this.view.versus === i;
  }

  #dialWords(model) {
    const { view } = this;
    const off = view.off ? view.off.split(".").length : 0;
    const parts = [model.fixation !== "none" && view.alpha !== 1 && `α = ${view.alpha.toFixed(2)}`, off && `${off} neighbor${off === 1 ? "" : "s"} off`];
    return parts.filter(Boolean).join(", ");
  }

  #lensFailure(i, model, quantity) {
    const needed = quantity.from === "row" ? this.view.query : quantity.dial && isTurned(this.view) && isAffected(model, this.view);
    return needed ? this.lens.failure(i, this.view) : null;
  }

  #failure(panel) {
    for (const failure of this.failed.values()) if (failure.panel === panel) return failure.message;
    return null;
  }

  #note(model) {
    const { head, axis, show } = this.view;
    const elsewhere = typeof head === "number" && show !== "rollout" ? model.reads_elsewhere?.[axis]?.[head] : null;
    const own = model.note === this.sharedNote ? null : model.note;
    return [elsewhere && `Head ${head}: ${elsewhere}.`, own].filter(Boolean).join(" ");
  }

  #curve(model, i) {
    const { manifest, view } = this;
    if (!fits(model, { ...view, show: "attention" })) return null;
    const array = this.#part(manifest.arrays[`${model.name}/${view.axis}/metrics`], "array", this.panels[i]);
    const column = manifest.metrics.indexOf("concentration");
    if (!array || column < 0) return null;
    const curve = metricCurve(array, view.layer, typeof view.head === "number" ? view.head : "mean", column);
    return isUndefined(curve) ? null : curve;
  }

  #prefetchFeatures(by) {
    this.manifest.models.forEach((_, i) => this.lens.prefetch(i, { ...this.view, layer: this.view.layer + by }));
  }

  /** Once somebody stays, the layers next to a layer whose features are in use. */
  #prefetchSoon() {
    clearTimeout(this.prefetchTimer);
    if (!this.manifest.models.some((_, i) => this.lens.has(i, this.view))) return;
    this.prefetchTimer = setTimeout(() => [1, -1].forEach((by) => this.#prefetchFeatures(by)), PREFETCH_MS);
  }

  /** Fetches the frames in the order in which they will be wanted, a few at a time. */
  async #prefetchFrames() {
    const count = this.manifest.frames.index.length;
    let next = 0;
    const worker = async () => {
      while (next < count && !this.closed) {
        const reference = this.manifest.files[frameName((this.view.frame + next++) % count)];
        await this.parts.image(reference).catch(() => null);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
  }
}
