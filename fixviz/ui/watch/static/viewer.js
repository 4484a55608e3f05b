/* The viewer of a run: puts controls, panels and timeline together and redraws them when the view changes. */

import { caption, pictureLabel } from "./caption.js";
import { Controls } from "./controls.js";
import { drawColorBar } from "./colorbar.js";
import { el, icon, setText } from "./dom.js";
import { number, seconds } from "./format.js";
import { patchAt } from "./geometry.js";
import { isUndefined, metricCurve, strongest } from "./maps.js";
import { Panel } from "./panel.js";
import { Player } from "./player.js";
import { QUANTITIES, absence } from "./quantities.js";
import { Timeline } from "./timeline.js";
import { cleanView, linkWords } from "./view.js";
import { ViewMaps } from "./viewmaps.js";

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
    this.maps = new ViewMaps(manifest);
    this.player = new Player(manifest.frames.timestamp_s, {
      onFrame: (frame) => this.set({ frame }, false),
      onState: (playing) => this.#showPlaying(playing),
    });
    this.#build();
    this.resizes = new ResizeObserver(() => {
      this.resized = true;
      this.redraw({ curves: true });
    });
    this.resizes.observe(this.element);
    this.#prefetch();
  }

  close() {
    this.player.stop();
    this.resizes.disconnect();
    this.closed = true;
    this.parts.close();
  }

  /** Changes the view; `settled` is false while something is still being dragged or played. */
  set(changes, settled) {
    const before = this.view;
    this.view = cleanView(this.manifest, { ...this.view, ...changes });
    const curves = ["layer", "head", "axis"].some((key) => before[key] !== this.view[key]);
    this.redraw({ curves });
    if (settled) this.onView(linkWords(this.manifest, this.view));
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
    this.controls = new Controls((changes, settled) => this.set(changes, settled));
    const onPoint = (point) => {
      this.hover = point;
      this.redraw();
    };
    const retry = () => {
      this.failed.clear();
      this.redraw({ curves: true });
    };
    const shared = { display, onPoint, onRetry: retry };
    this.clip = new Panel({ title: "Clip", subtitle: manifest.clip.name, model: null, slot: null, ...shared });
    const notes = new Set(models.map((model) => model.note));
    this.sharedNote = notes.size === 1 ? models[0].note : null;
    this.clip.showNote(this.sharedNote);
    this.panels = models.map((model, slot) => new Panel({ title: model.title, model, slot, ...shared }));
    this.timeline = new Timeline({
      times: manifest.frames.timestamp_s,
      models,
      onFrame: (frame, settled) => {
        this.player.stop();
        this.set({ frame }, settled);
      },
    });
    this.scaleTitle = el("span", { class: "scale-title" });
    this.scaleBar = el("div", { class: "scale-bar" });
    this.caption = el("p", { class: "caption" });
    this.stage = el(
      "div",
      {
        class: "stage",
        tabindex: "0",
        role: "group",
        "aria-label": "Panels. The left and right arrow keys step through the frames, space plays and pauses.",
        style: `--panels: ${models.length + 1}`,
      },
      this.clip.element,
      ...this.panels.map((panel) => panel.element),
    );
    this.element = el(
      "div",
      { class: "viewer", onkeydown: (event) => this.#key(event) },
      this.controls.element,
      el("div", { class: "scale" }, this.scaleTitle, this.scaleBar),
      this.stage,
      this.#transport(),
      this.timeline.element,
      this.caption,
    );
  }

  #transport() {
    const still = this.manifest.frames.index.length < 2;
    const button = (name, label, action) =>
      el("button", { type: "button", class: "plain round", "aria-label": label, title: label, disabled: still, onclick: action }, icon(name));
    this.play = button("play", "Play", () => this.#toggle());
    this.clock = el("span", { class: "clock" });
    return el(
      "div",
      { class: "transport" },
      button("previous", "Previous frame", () => this.#step(-1)),
      this.play,
      button("next", "Next frame", () => this.#step(1)),
      this.clock,
    );
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

  #showPlaying(playing) {
    const label = playing ? "Pause" : "Play";
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const inField = target.matches("input, select");
    const spare = target === this.timeline.slider || !target.matches("input, select, button, summary");
    if (step && !inField) this.#step(step);
    else if (event.key === " " && spare) this.#toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The decoded part, or undefined while it is loading; a failure is kept for the panel to show. */
  #part(reference, load, panel) {
    if (!reference) return undefined;
    const ready = this.parts.peek(reference);
    if (ready || this.failed.has(reference.sha)) return ready;
    this.parts[load](reference).then(
      () => this.redraw({ curves: load === "array" }),
      (error) => {
        this.failed.set(reference.sha, { message: error.message, panel });
        this.redraw();
      },
    );
    return undefined;
  }

  /** Maps of all frames for the view, per model; null where they are not here or not there. */
  #modelMaps() {
    const { view, manifest, maps } = this;
    const quantity = QUANTITIES[view.show];
    maps.show(view);
    manifest.models.forEach((model, i) => {
      if (maps.perModel[i] || !this.#fits(model)) return;
      const array = this.#part(manifest.arrays[quantity.array(model, view)], "array", this.panels[i]);
      if (array) maps.set(i, array);
    });
    return maps.perModel;
  }

  #fits(model) {
    return this.view.layer < model.layers && (this.view.head === "mean" || this.view.head < model.heads);
  }

  #draw() {
    const { manifest, view } = this;
    const quantity = QUANTITIES[view.show];
    // Asking for sizes costs a layout of the page, so it is not done for every frame.
    if (this.resized) for (const panel of [this.clip, ...this.panels]) panel.fit();
    this.resized = false;
    const image = this.#part(manifest.files[frameName(view.frame)], "image", this.clip);
    const picture = image ?? this.lastImage;
    if (image) this.lastImage = image;
    const maps = this.#modelMaps();
    this.controls.sync(manifest, view);
    const shared = view.scale === "shared" ? this.maps.range(0) : null;
    setText(this.scaleTitle, quantity.unit ? `${quantity.title} (${quantity.unit})` : quantity.title);
    this.scaleTitle.title = quantity.help;
    drawColorBar(this.scaleBar, { range: shared, colors: view.colors, quantity });
    this.#drawClip(picture);
    manifest.models.forEach((_, i) => this.#drawModel(i, maps[i], picture, quantity));
    if (this.curvesStale) {
      this.curvesStale = false;
      this.timeline.drawCurves(manifest.models.map((model, i) => this.#curve(model, i)));
    }
    this.timeline.showFrame(view.frame);
    const times = manifest.frames.timestamp_s;
    setText(this.clock, `${seconds(times[view.frame])} of ${seconds(times[times.length - 1])}, frame ${view.frame} of ${times.length - 1}`);
    setText(this.caption, caption(manifest, view));
    this.stage.classList.toggle("own-scales", view.scale !== "shared");
    this.element.dataset.frame = String(view.frame);
    this.element.dataset.ready = String(Boolean(image) && manifest.models.every((model, i) => maps[i] || !this.#expected(model)));
  }

  #drawClip(image) {
    const { manifest, view } = this;
    const at = seconds(manifest.frames.timestamp_s[view.frame]);
    this.clip.draw({ image, view, label: `Frame ${view.frame} of the clip ${manifest.clip.name}, at ${at}.` });
    this.clip.showError(this.#failure(this.clip));
    const { width, height, fps } = manifest.clip;
    setText(this.clip.readout, `${width} × ${height} px, ${number(fps)} frames/s`);
  }

  #drawModel(i, maps, image, quantity) {
    const { manifest, view } = this;
    const model = manifest.models[i];
    const panel = this.panels[i];
    const map = maps && !isUndefined(maps[view.frame]) ? maps[view.frame] : null;
    const range = map && this.maps.range(i);
    const failure = this.#failure(panel);
    const missing = !failure && (maps ? !map : !this.#expected(model));
    const hover = this.hover && patchAt(model.grid, this.hover.x, this.hover.y, 1);
    const best = map && strongest(map);
    panel.draw({
      image,
      map,
      range,
      view,
      hover,
      absence: missing ? this.#absence(model, Boolean(maps)) : null,
      label: pictureLabel(model, manifest, view, best, model.grid),
    });
    panel.showError(failure);
    panel.showScale(view.scale === "shared" ? null : range, view.colors, quantity);
    setText(panel.readout, this.#readout(model, map, hover, best, quantity));
    panel.showClasses(model.probabilities[model.window_of_frame[view.frame]], this.#note(model));
  }

  #expected(model) {
    return this.#fits(model) && QUANTITIES[this.view.show].array(model, this.view) in this.manifest.arrays;
  }

  #absence(model, known) {
    if (this.#fits(model)) return absence(model, this.view, known);
    return { title: "Not in this model", text: `It has ${model.layers} layers of ${model.heads} heads.` };
  }

  #failure(panel) {
    for (const failure of this.failed.values()) if (failure.panel === panel) return failure.message;
    return null;
  }

  #note(model) {
    const elsewhere = this.view.head === "mean" ? null : model.reads_elsewhere?.[this.view.axis]?.[this.view.head];
    const own = model.note === this.sharedNote ? null : model.note;
    return [elsewhere && `Head ${this.view.head}: ${elsewhere}.`, own].filter(Boolean).join(" ");
  }

  #readout(model, map, hover, best, quantity) {
    if (!map) return "\u00a0";
    const unit = quantity.unit ? ` ${quantity.unit}` : "";
    const at = (row, column) => `row ${row}, column ${column}`;
    if (hover) return `${number(map[hover.row * model.grid.columns + hover.column])}${unit} at ${at(hover.row, hover.column)}`;
    return `Largest ${number(best.value)}${unit} at ${at(Math.floor(best.index / model.grid.columns), best.index % model.grid.columns)}`;
  }

  #curve(model, i) {
    const { manifest, view } = this;
    if (!this.#fits(model)) return null;
    const array = this.#part(manifest.arrays[`${model.name}/${view.axis}/metrics`], "array", this.panels[i]);
    const column = manifest.metrics.indexOf("concentration");
    if (!array || column < 0) return null;
    const curve = metricCurve(array, view.layer, view.head === "mean" ? null : view.head, column);
    return isUndefined(curve) ? null : curve;
  }

  /** Fetches the frames in the order in which they will be wanted, a few at a time. */
  async #prefetch() {
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
