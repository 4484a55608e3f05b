/* The viewer of a run: puts controls, panels and timeline together and redraws them when the view changes. */

/** @import { Manifest, View } from "./types.d.ts" */
/** @import { Parts } from "./loader.js" */

import { Answers } from "./answers.js";
import { caption } from "./caption.js";
import { Controls } from "./controls.js";
import { drawColorBar } from "./colorbar.js";
import { Definition } from "./definition.js";
import { DialStrip } from "./dialstrip.js";
import { el, setText } from "./dom.js";
import { number } from "./format.js";
import { Lens } from "./lens.js";
import { isUndefined, metricCurve } from "./maps.js";
import { Player } from "./player.js";
import { Presenter } from "./present.js";
import { quantityInView } from "./quantities.js";
import { remove } from "./query.js";
import { QueryBar } from "./querybar.js";
import { Requests } from "./requests.js";
import { Stage } from "./stage.js";
import { Steering } from "./steering.js";
import { addThumbnails } from "./thumbnails.js";
import { Timeline } from "./timeline.js";
import { Transport } from "./transport.js";
import { TurnedCurves, turnedMeans } from "./turned.js";
import { motionsOf, whatIfParameters } from "./verdict.js";
import { Verdicts } from "./verdicts.js";
import { cleanView, isShown, settledView, urlParameters } from "./view.js";
import { ViewMaps, fits } from "./viewmaps.js";

const CAPTION_MS = 120;
const CURVES = ["layer", "head", "axis", "alpha", "off"];

export class Viewer {
  /**
   * @param {Manifest} manifest
   * @param {Parts} parts
   * @param {object} options
   * @param {Record<string, string>} options.parameters query parameters of the view
   * @param {Record<string, string>} options.help what each quantity and measure means, by its key
   * @param {any} options.verdict texts of the verdict, see verdicts.js
   * @param {{ page: string, run: string } | null} options.whatIf path of What if, and the run's handle; null where
   *   there is no such page
   * @param {(parameters: Record<string, string>) => void} options.onView called when a change has settled
   * @param {(parameters: Record<string, string>) => void} options.onWhatIf called to go to What if
   */
  constructor(manifest, parts, { parameters, help, verdict, whatIf, onView, onWhatIf }) {
    this.manifest = manifest;
    this.parts = parts;
    this.onView = onView;
    this.onWhatIf = onWhatIf;
    this.help = help;
    this.texts = verdict;
    this.whatIf = whatIf;
    this.view = cleanView(manifest, parameters);
    this.hover = null;
    const redraw = (changes) => this.redraw(changes);
    this.lens = new Lens(manifest, parts, () => redraw({ curves: true }));
    this.requests = new Requests(manifest, parts, this.lens, redraw);
    this.maps = new ViewMaps(manifest, parts, this.lens);
    this.maps.askRollout = (wanted, i) => this.requests.rollout(wanted, i);
    this.turned = new TurnedCurves(manifest, this.lens, () => redraw({ curves: true }));
    this.player = new Player(manifest.frames.timestamp_s, {
      onFrame: (frame) => this.set({ frame }, false),
      onState: (playing) => this.transport.showPlaying(playing),
    });
    // Request the first parts now, so that they load while the page lays out what is built here.
    this.#ask();
    this.#build();
    this.resized = true;
    // The pictures follow the height of the window as well as the width of the viewer.
    const { element, stage } = this;
    this.resizes = new ResizeObserver(() => {
      const size = `${element.clientWidth} ${stage.clip.canvas.clientWidth}`;
      if (size === this.size) return;
      this.size = size;
      this.resized = true;
      this.redraw({ curves: true });
    });
    this.resizes.observe(element);
    this.resizes.observe(stage.clip.canvas);
  }

  close() {
    this.player.stop();
    this.presenter.close();
    this.resizes.disconnect();
    this.closed = true;
    clearTimeout(this.fillTimer);
    clearTimeout(this.captionTimer);
    this.requests.close();
    this.lens.close();
    this.parts.close();
  }

  /**
   * Change the view.
   *
   * @param {Partial<View>} changes
   * @param {boolean} settled false while something is still dragged or played
   */
  set(changes, settled) {
    const before = this.view;
    this.view = settledView(this.manifest, before, changes, settled);
    this.held = !settled && "alpha" in changes;
    if (settled) this.maps.release();
    this.settled = settled;
    // The curves under the dial are drawn once it is released.
    this.redraw({ curves: !this.held && CURVES.some((key) => before[key] !== this.view[key]) });
    if (!settled) return;
    this.requests.neighborsSoon(this.view);
    this.onView(this.parameters());
  }

  /** Show the view that query parameters name. */
  show(parameters) {
    this.set(cleanView(this.manifest, parameters), true);
  }

  /** Query parameters of the view. */
  parameters() {
    return urlParameters(this.manifest, this.view);
  }

  /** Redraw before the next frame of the screen, once for all changes until then. */
  redraw({ curves = false } = {}) {
    this.curvesStale ||= curves;
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      if (!this.closed && this.element?.isConnected) this.#draw();
    });
  }

  #build() {
    const { manifest, maps, lens, requests } = this;
    const { models, frames } = manifest;
    const change = (changes, settled) => this.set(changes, settled);
    this.live = el("div", { class: "unseen", role: "status" });
    const steering = (this.steering = new Steering(this, this.live));
    this.presenter = new Presenter(this);
    this.controls = new Controls(change);
    this.dial = new DialStrip(change);
    this.queryBar = new QueryBar({
      onChoose: (active) => this.set({ active }, true),
      onRemove: (index) => this.set(remove(this.view, index), true),
      onClear: () => steering.clear(),
      onMove: () => this.set({ at: this.view.frame }, true),
    });
    this.stage = new Stage(
      manifest,
      { maps, lens, requests },
      {
        onPoint: (point) => {
          this.hover = point;
          this.redraw();
        },
        onPick: (point, pin) => steering.pickAt(point, pin),
        onKey: (event) => steering.move(event),
        onFrame: (frame) => steering.seek(frame, true),
        onIntent: () => requests.features(this.view, 0),
        whatIf: (model, view) =>
          this.whatIf && `${this.whatIf.page}?${this.#whatIfQuery(model, view)}`,
        onWhatIf: (model) => this.onWhatIf(Object.fromEntries(this.#whatIfQuery(model, this.view))),
      },
    );
    this.verdicts = new Verdicts(manifest, this.texts, (reference, i) =>
      requests.part(reference, "array", i),
    );
    this.answers = motionsOf(manifest).length
      ? new Answers(manifest, {
          how: [this.texts.marks],
          onFrame: (frame) => steering.seek(frame, true),
        })
      : null;
    this.timeline = new Timeline({
      times: frames.timestamp_s,
      models,
      meaning: this.help.concentration,
      onFrame: (frame, settled) => steering.seek(frame, settled),
    });
    this.transport = new Transport({
      times: frames.timestamp_s,
      onStep: (by) => steering.step(by),
      onToggle: () => steering.toggle(),
      onFrame: (frame, settled) => steering.seek(frame, settled),
    });
    this.scaleTitle = new Definition();
    this.scaleBar = el("div", { class: "scale-bar" });
    this.caption = el("p", { class: "caption" });
    this.element = el(
      "div",
      { class: "viewer", onkeydown: (event) => steering.key(event) },
      this.controls.element,
      el("div", { class: "scale" }, this.scaleTitle.element, this.scaleBar),
      this.queryBar.element,
      this.stage.element,
      this.transport.element,
      this.presenter.bar,
      this.verdicts.element,
      this.dial.element,
      this.answers?.element ?? null,
      this.timeline.element,
      this.caption,
      this.live,
    );
    addThumbnails(this);
  }

  /** Take what the view needs and what is here, and request the rest. Returns the frame's image, or undefined. */
  #ask() {
    const { view, maps, requests } = this;
    const image = requests.part(requests.frame(view.frame), "image", "clip");
    if (image) this.picture = image;
    maps.show(view, this.held);
    maps.update((reference, i) => requests.part(reference, "array", i));
    return image;
  }

  #draw() {
    const { manifest, view } = this;
    const quantity = quantityInView(manifest, view);
    if (this.presenter.sync()) this.resized = this.curvesStale = true;
    const image = this.#ask();
    this.controls.sync(manifest, view);
    this.#drawScale(quantity);
    // Measuring sizes costs a layout of the page, so it is not done for every frame.
    if (this.resized) this.#fit();
    this.resized = false;
    const { picture, hover, presenter } = this;
    const waiting = this.stage.draw(view, { picture, hover, quantity, presenter });
    this.#drawBars(quantity);
    if (this.curvesStale) this.#drawCurves();
    this.#showTime();
    this.verdicts.ask(view);
    this.#showTexts();
    const ready = Boolean(image) && !waiting;
    this.element.dataset.frame = String(view.frame);
    this.element.dataset.query = ready && quantity.from === "row" ? view.query : "";
    const more = this.#fillMore(ready) || this.turned.busy || this.maps.coming();
    this.element.dataset.ready = String(ready && !more);
    if (ready) this.#afterFirst();
  }

  /** Give pictures and canvases their sizes. */
  #fit() {
    this.stage.showModels(this.view);
    this.presenter.fit();
    this.stage.fit();
  }

  /** Load what the first picture does not need: the other frames, and the export menu. */
  #afterFirst() {
    if (this.looked) return;
    this.looked = true;
    performance.mark("fixviz: panels drawn");
    this.requests.frames(this.view.frame);
    import("./export/menu.js").then(({ addExport }) => this.closed || addExport(this));
  }

  #showTime() {
    const { frame } = this.view;
    this.timeline.showFrame(frame);
    this.transport.showFrame(frame);
    this.answers?.showFrame(frame);
  }

  #whatIfQuery(model, view) {
    const parameters = whatIfParameters(this.manifest, model, view);
    return new URLSearchParams({ run: this.whatIf.run, ...parameters });
  }

  /** Show verdict and caption, a moment later while something moves: to lay out its lines costs more than to draw a panel. */
  #showTexts() {
    clearTimeout(this.captionTimer);
    const show = () => {
      this.verdicts.show(this.view);
      setText(this.caption, caption(this.manifest, this.view));
    };
    if (this.settled === false) this.captionTimer = setTimeout(show, CAPTION_MS);
    else show();
  }

  /** Compute the maps of other frames, in the worker or bit by bit. Returns whether there is more to do. */
  #fillMore(ready) {
    clearTimeout(this.fillTimer);
    if (!ready || this.held || this.player.playing) return false;
    if (!this.maps.pending()) return false;
    if (!this.maps.fillBeside(() => this.redraw())) return true;
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
    const first = Math.max(
      0,
      manifest.models.findIndex((_, i) => maps.isDifference(i)),
    );
    const versus = maps.isDifference(first)
      ? `Difference from ${this.presenter.nameOf(Number(view.versus))}: `
      : "";
    const title = versus ? `${versus}${quantity.title.toLowerCase()}` : quantity.title;
    const range = view.scale === "shared" ? maps.range(first) : null;
    const beyond =
      range && range.max > range.high * 1.02
        ? `The largest value is ${number(range.max)}. All from ${number(range.high)} on have the last color.`
        : null;
    this.scaleHeading = quantity.unit ? `${title} (${quantity.unit})` : title;
    this.scaleTitle.set(this.scaleHeading, [quantity.help ?? this.help[view.show], beyond]);
    drawColorBar(this.scaleBar, {
      range,
      colors: maps.colors(first),
      quantity: versus ? { ...quantity, mark: null } : quantity,
    });
  }

  #drawBars(quantity) {
    const { view, manifest } = this;
    const fixed = view.show === "rollout" || (view.show === "row" && view.axis !== "spatial");
    const move =
      fixed && view.at !== view.frame && (view.query || view.show === "rollout")
        ? `From frame ${view.at}: move to frame ${view.frame}`
        : null;
    this.queryBar.sync(view, {
      shown: quantity.from !== "stored",
      move,
      pooled: view.show === "rollout",
    });
    const dialed =
      quantity.dial || quantity.from === "row"
        ? manifest.models.filter((model) => model.axes.includes(view.axis) && fits(model, view))
        : [];
    const dialable = dialed.filter(
      (model) => model.fixation !== "none" || model.neighbors?.[view.axis]?.length,
    );
    this.dial.sync(manifest, view, dialable);
  }

  #drawCurves() {
    const { models } = this.manifest;
    this.curvesStale = false;
    const turned = this.turned.show(this.view, this.held);
    const learned = models.map((model, i) => this.#curve(model, i));
    this.timeline.drawCurves(learned, turned, `α = ${this.view.alpha}`);
    setText(this.dial.means, turnedMeans(models, learned, turned));
  }

  /** The concentration over the frames in the attention in view, or null. */
  #curve(model, i) {
    const { manifest, view } = this;
    if (!isShown(view, model) || !fits(model, { ...view, show: "attention" })) return null;
    const array = this.requests.part(
      manifest.arrays[`${model.name}/${view.axis}/metrics`],
      "array",
      i,
    );
    const column = manifest.metrics.indexOf("concentration");
    if (!array || column < 0) return null;
    const curve = metricCurve(
      array,
      view.layer,
      typeof view.head === "number" ? view.head : "mean",
      column,
    );
    return isUndefined(curve) ? null : curve;
  }
}
