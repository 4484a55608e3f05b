/* The stage: the clip and one panel per model, all of the same frame. */

/** @import { Manifest, View } from "./types.d.ts" */
/** @import { Lens } from "./lens.js" */
/** @import { Requests } from "./requests.js" */
/** @import { ViewMaps } from "./viewmaps.js" */

import { pictureLabel } from "./caption.js";
import { el, setText } from "./dom.js";
import { number, seconds } from "./format.js";
import { patchAt } from "./geometry.js";
import { marksOf } from "./marks.js";
import { isUndefined, strongest } from "./maps.js";
import { Panel } from "./panel.js";
import { notice, panelFigures, readout } from "./readouts.js";
import { Targets } from "./targets.js";
import { answerOf, markOf, motionsIn, motionsOf } from "./verdict.js";
import { isShown, isTurned } from "./view.js";
import { isAffected, isComputed } from "./viewmaps.js";

/** What a panel without a map says while the models have no names: the reason would tell which it is. */
const UNNAMED = { title: "No map", text: "This model has none here." };

export class Stage {
  /**
   * @param {Manifest} manifest
   * @param {{ maps: ViewMaps, lens: Lens, requests: Requests }} sources
   * @param {any} handlers those of a Panel; `onIntent()`, called when a patch may soon be chosen; and
   *   `whatIf(model, view)`, which returns the URL of What if with the change in view, or null where
   *   there is none
   */
  constructor(manifest, { maps, lens, requests }, { onIntent, whatIf, ...handlers }) {
    const { display, models } = manifest;
    this.manifest = manifest;
    this.maps = maps;
    this.lens = lens;
    this.requests = requests;
    this.targets = new Targets(manifest, (reference, i) => requests.part(reference, "array", i));
    this.whatIf = whatIf;
    // Masks say nothing of motions.
    this.motions = manifest.truth?.segments.length ? motionsOf(manifest) : null;
    // All panels show their details or none does, so that models can be compared line by line.
    const onDetails = (open) => this.panels.forEach((panel) => Object.assign(panel.more, { open }));
    const shared = { display, onRetry: () => this.requests.retry(), onDetails, ...handlers };
    this.clip = new Panel({
      title: "Clip",
      subtitle: manifest.clip.name,
      model: null,
      slot: null,
      ...shared,
    });
    const notes = new Set(models.map((model) => model.note));
    this.sharedNote = notes.size === 1 ? models[0].note : null;
    this.clip.showNote(saidOfAll(this.sharedNote));
    this.panels = models.map(
      (model, slot) => new Panel({ title: model.title, model, slot, ...shared }),
    );
    this.element = el(
      "div",
      {
        class: "stage",
        tabindex: "0",
        role: "group",
        "aria-label":
          "Panels. The left and right arrow keys step through the frames, space plays and pauses.",
        style: `--ratio: ${display.width / display.height}`,
        onpointerenter: onIntent,
        onfocusin: onIntent,
      },
      this.clip.element,
      ...this.panels.map((panel) => panel.element),
    );
  }

  /** Show the panels of those models that the view shows. */
  showModels(view) {
    const { models } = this.manifest;
    this.panels.forEach(({ element }, i) => (element.hidden = !isShown(view, models[i])));
    const shown = this.panels.filter(({ element }) => !element.hidden).length;
    this.element.style.setProperty("--panels", String(shown + 1));
    this.element.classList.toggle("many", shown > 3);
  }

  /** Match the canvases to their sizes on screen. */
  fit() {
    for (const panel of [this.clip, ...this.panels]) panel.fit();
  }

  /**
   * Draw a view. Returns whether a map is still on its way.
   *
   * @param {View} view
   * @param {object} frame
   * @param {any} frame.picture the frame's image
   * @param {any} frame.hover
   * @param {any} frame.quantity
   * @param {import("./present.js").Presenter} frame.presenter
   */
  draw(view, { picture, hover, quantity, presenter }) {
    const { models } = this.manifest;
    this.element.classList.toggle("own-scales", view.scale !== "shared");
    this.#drawClip(view, picture, presenter.tells("answers"));
    const waiting = models.map(
      (model, i) =>
        isShown(view, model) &&
        this.#drawModel(model, i, { view, picture, hover, quantity, presenter }),
    );
    return waiting.includes(true);
  }

  #drawClip(view, image, named) {
    const { manifest, clip } = this;
    const at = seconds(manifest.frames.timestamp_s[view.frame]);
    // The name of a clip often says what it shows.
    const name = named ? manifest.clip.name : "";
    const label = `Frame ${view.frame} of the clip${name && ` ${name}`}, at ${at}.`;
    clip.showTitle("Clip", name);
    const border = named ? this.targets.border(0, view) : [];
    const marks = marksOf(manifest, view, manifest.models[0].grid);
    clip.draw({ image, view, marks, border, label });
    clip.showError(this.requests.failure("clip"));
    const { width, height, fps } = manifest.clip;
    clip.showMotions(this.motions && motionsIn(this.motions, view.frame));
    setText(clip.readout, `${width} × ${height} px, ${number(fps)} frames/s`);
  }

  /** Draw a model's panel. Returns whether its map is still on its way. */
  #drawModel(model, i, { view, picture, hover, quantity, presenter }) {
    const { manifest, maps, lens } = this;
    const panel = this.panels[i];
    const known = maps.map(i, view.frame);
    const map = isUndefined(known) ? null : known;
    const range = map && maps.range(i);
    const row = maps.row(i);
    const failure =
      this.requests.failure(i) ?? (map ? null : this.#lensFailure(model, i, view, quantity));
    const said = failure || map ? null : this.#notice(model, i, view, quantity, known);
    const patch = hover && patchAt(model.grid, hover.x, hover.y, 1);
    const signed = maps.isSigned(i);
    const best = map && strongest(map, signed);
    const marks = marksOf(manifest, view, model.grid);
    const title = presenter.nameOf(i);
    const named = presenter.tells("names");
    panel.showTitle(title);
    const label = pictureLabel({ title }, manifest, view, best, model.grid);
    panel.draw({
      image: picture,
      map,
      range,
      view,
      colors: maps.colors(i),
      hover: patch,
      marks,
      border: presenter.tells("answers") ? this.targets.border(i, view) : [],
      absence: said && !named && !said.waiting ? UNNAMED : said,
      label,
    });
    panel.showError(failure);
    const dialed = this.#dialText(model, view, quantity);
    panel.showDialed(named ? dialed : null);
    panel.showWhole(dialed !== null, this.whatIf(model, view));
    panel.showScale(
      view.scale === "shared" && !maps.isBase(i) ? null : range,
      maps.colors(i),
      quantity,
    );
    const read = readout(model, map, {
      hover: patch,
      best,
      quantity,
      signed,
      difference: maps.isDifference(i),
    });
    setText(panel.readout, read.line);
    const stored = lens.has(i, view) ? lens.get(i, view).description.stored_error : null;
    const { lead, fine } = panelFigures(manifest, model, view, row, stored);
    const learned = !isTurned(view) && !maps.isDifference(i);
    const told = learned && presenter.tells("answers") && !failure;
    const on = told ? this.targets.lines(i, view, map) : { lead: [], fine: [] };
    panel.showFigures({
      lead: [...lead, ...on.lead],
      fine: [read.place, ...on.fine, ...fine].filter(Boolean),
    });
    this.#drawStrip(panel, view, row);
    const window = model.window_of_frame[view.frame];
    panel.showClasses(
      model.probabilities[window],
      markOf(answerOf(model, window)),
      this.#note(model, view, quantity),
    );
    return !failure && !map && (said ? Boolean(said.waiting) : true);
  }

  #notice(model, i, view, quantity, known) {
    const { manifest, maps, lens, requests } = this;
    const progress =
      quantity.from === "rollout" ? requests.rolloutProgress(i) : lens.progress(i, view);
    const map = known === undefined ? undefined : null;
    return notice(manifest, model, view, { map, query: view.query, row: maps.row(i), progress });
  }

  /** Draw a query's attention over the frames of its window. */
  #drawStrip(panel, view, row) {
    if (!row || (view.show === "row" && view.axis === "spatial")) {
      panel.strip.hide();
      return;
    }
    const query = view.query ? view.at : null;
    panel.strip.show({
      ...row,
      frame: view.frame,
      query,
      count: this.manifest.frames.index.length,
    });
  }

  /** The position of the dial and the switches as a text where they change the map, else null. */
  #dialText(model, view, quantity) {
    const dials = quantity.dial || quantity.from === "row";
    if (!dials || !isTurned(view) || !isAffected(model, view)) return null;
    const off = view.off ? view.off.split(".").length : 0;
    const alpha = model.fixation !== "none" && view.alpha !== 1 && `α = ${view.alpha.toFixed(2)}`;
    return [alpha, off && `${off} neighbor${off === 1 ? "" : "s"} off`].filter(Boolean).join(", ");
  }

  #lensFailure(model, i, view, quantity) {
    const needed = quantity.from === "row" ? view.query : isComputed(this.manifest, model, view);
    return needed ? this.lens.failure(i, view) : null;
  }

  #note(model, { head, axis }, quantity) {
    const elsewhere =
      typeof head === "number" && !quantity.whole ? model.reads_elsewhere?.[axis]?.[head] : null;
    const own = model.note === this.sharedNote ? null : model.note;
    return [elsewhere && `Head ${head}: ${elsewhere}.`, own].filter(Boolean).join(" ");
  }
}

/** A note that all models share, about the models: it stands under the clip, which it is not about. */
function saidOfAll(note) {
  return note && note.replace(/^Its\b ?/, "The models' ");
}
