/* One panel of the stage: the clip, or the clip under the map of a model. */

/** @import { Grid, Line, Mark, Model, Range, View } from "./types.d.ts" */

import { drawColorBar } from "./colorbar.js";
import { el, icon, setText } from "./dom.js";
import { percent } from "./format.js";
import { gridRect, patchRect } from "./geometry.js";
import { drawBorder, drawMap, drawOutline, grayFrame, newCanvas } from "./painter.js";
import { Strip } from "./strip.js";

/** Show a paragraph for each text; paragraphs that are there already are kept. */
function setLines(node, texts) {
  while (node.children.length > texts.length) node.lastChild.remove();
  while (node.children.length < texts.length) node.append(el("p"));
  texts.forEach((text, i) => setText(node.children[i], text));
}

/** A mark that tells by its shape and its text, not by its color alone. */
function markIcon(mark) {
  return el(
    "span",
    { class: `answer-mark ${mark}` },
    icon(mark),
    el("span", { class: "unseen" }, `${mark}: `),
  );
}

export class Panel {
  /**
   * @param {object} options
   * @param {string} options.title
   * @param {string} [options.subtitle]
   * @param {Model | null} options.model null for the clip itself
   * @param {number | null} options.slot number of the model's line color
   * @param {{ width: number, height: number }} options.display size of the frame images
   * @param {(point: { x: number, y: number } | null) => void} options.onPoint the pointer moved
   * @param {(point: { x: number, y: number }, pin: boolean) => void} options.onPick a point was clicked
   * @param {(event: KeyboardEvent) => void} options.onKey a key was pressed on the picture
   * @param {(frame: number) => void} options.onFrame a bar of the strip was clicked
   * @param {() => void} options.onRetry the missing part is to be requested again
   * @param {(open: boolean) => void} options.onDetails the details were opened or closed
   * @param {(model: Model) => void} [options.onWhatIf] the link to What if was followed
   */
  constructor({
    title,
    subtitle,
    model,
    slot,
    display,
    onPoint,
    onPick,
    onKey,
    onFrame,
    onRetry,
    onDetails,
    onWhatIf,
  }) {
    this.model = model;
    this.display = display;
    this.canvas = el("canvas", { role: "img", class: "picture" });
    this.context = this.canvas.getContext("2d");
    this.mapCanvas = newCanvas(1, 1);
    this.noticeTitle = el("strong");
    this.noticeText = el("span");
    this.notice = el("div", { class: "notice", hidden: true }, this.noticeTitle, this.noticeText);
    this.errorText = el("span");
    this.error = el(
      "div",
      { class: "notice failed", role: "alert", hidden: true },
      el("strong", {}, "This part is missing"),
      this.errorText,
      el("button", { type: "button", class: "plain", onclick: onRetry }, "Retry"),
    );
    this.scale = el("div", { class: "panel-scale" });
    this.readout = el("p", { class: "readout" });
    this.strip = new Strip(onFrame);
    this.figures = el("div", { class: "figures", hidden: true });
    this.fine = el("div", { class: "figures" });
    this.summary = el("summary", {}, "Details");
    this.more = el(
      "details",
      { class: "fine", hidden: true, ontoggle: () => onDetails(this.more.open) },
      this.summary,
      this.fine,
    );
    this.dialed = el("span", { class: "dialed", hidden: true });
    this.screen = el(
      "div",
      {
        class: "screen",
        style: `aspect-ratio: ${display.width} / ${display.height}`,
        tabindex: "0",
        role: "group",
        onkeydown: onKey,
      },
      this.canvas,
      this.dialed,
      this.notice,
      this.error,
    );
    this.name = el("span", { class: "name" });
    this.subtitle = el("span", { class: "subtitle" });
    this.details = el("div", { class: "details" });
    this.motion = el("p", { class: "motion-here", hidden: true });
    this.whatIf = el("a", { class: "what-if", onclick: (event) => this.#leave(event) }, "What if");
    this.whole = el("p", { class: "whole" });
    this.onWhatIf = onWhatIf;
    this.element = el(
      "figure",
      { class: "panel", style: slot === null ? null : `--line: var(--line-${slot})` },
      el(
        "figcaption",
        { class: "panel-title" },
        slot === null ? null : el("span", { class: "dot", "aria-hidden": "true" }),
        this.name,
        this.subtitle,
      ),
      this.screen,
      this.strip.element,
      this.scale,
      this.motion,
      this.readout,
      this.figures,
      this.more,
      this.details,
      model ? this.whole : null,
    );
    this.showTitle(title, subtitle);
    this.canvas.onpointermove = (event) => onPoint(this.#displayPoint(event));
    this.canvas.onpointerleave = () => onPoint(null);
    this.canvas.onclick = (event) => onPick(this.#displayPoint(event), event.shiftKey);
  }

  /** Show the panel under a title, by which its parts are called, too. */
  showTitle(title, subtitle = "") {
    if (this.title === title && this.subtitle.textContent === subtitle) return;
    this.title = title;
    setText(this.name, title);
    setText(this.subtitle, subtitle);
    this.subtitle.hidden = !subtitle;
    this.summary.setAttribute("aria-label", `Details: ${title}`);
    this.screen.setAttribute(
      "aria-label",
      `${title}: arrow keys move the query patch, Escape clears it`,
    );
  }

  /** Match the canvas to its size on screen. Call it whenever that may have changed. */
  fit() {
    const width = Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1));
    const height = Math.round((width * this.display.height) / this.display.width);
    if (width > 0 && (this.canvas.width !== width || this.canvas.height !== height)) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
  }

  /**
   * Draw one frame.
   *
   * @param {object} frame
   * @param {CanvasImageSource & { width: number, height: number } | undefined} frame.image
   * @param {Float32Array | null} [frame.map]
   * @param {Range | null} [frame.range]
   * @param {View} frame.view
   * @param {string} [frame.colors] name of the color map
   * @param {{ title: string, text: string, waiting?: boolean } | null} [frame.absence] why there is no map
   * @param {{ row: number, column: number } | null} [frame.hover] patch to outline
   * @param {(Mark & { grid: Grid })[]} frame.marks query patches
   * @param {Line[]} frame.border of the target, in display pixels
   * @param {string} frame.label text alternative
   */
  draw({ image, map, range, view, colors, absence, hover, marks, border, label }) {
    const { canvas, context } = this;
    const scale = canvas.width / this.display.width;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (image) {
      context.imageSmoothingQuality = "high";
      const source = this.model ? grayFrame(image, canvas.width, canvas.height) : image;
      context.drawImage(source, 0, 0, canvas.width, canvas.height);
    }
    if (map && range) {
      const { grid } = this.model;
      context.globalAlpha = view.overlay / 100;
      const cells = {
        rows: grid.rows,
        columns: grid.columns,
        values: map,
        range,
        colors,
        smooth: view.style === "smooth",
      };
      drawMap(context, { ...gridRect(grid, scale), ...cells }, this.mapCanvas);
      context.globalAlpha = 1;
    }
    if (border.length) {
      const lines = /** @type {Line[]} */ (
        border.map((line) => line.map((value) => value * scale))
      );
      drawBorder(context, lines, Math.max(1, window.devicePixelRatio || 1));
    }
    if (hover && this.model && map) this.#outline(this.model.grid, hover, scale, "#fff", 1);
    for (const mark of marks ?? []) this.#mark(mark, scale);
    this.notice.hidden = !absence;
    this.notice.classList.toggle("soft", Boolean(absence?.waiting));
    if (absence) {
      setText(this.noticeTitle, absence.title);
      setText(this.noticeText, absence.text);
    }
    canvas.setAttribute("aria-label", label);
  }

  /** Show the panel's own color bar, where the scale is not shared. */
  showScale(range, colors, quantity) {
    drawColorBar(this.scale, { range, colors, quantity, compact: true });
  }

  showError(message) {
    this.error.hidden = message === null;
    if (message !== null) setText(this.errorText, message);
  }

  /** Show a text under the picture of the clip, such as a note that holds for all models. */
  showNote(note) {
    this.details.replaceChildren(note ? el("p", { class: "note" }, note) : "");
  }

  /** Show which motions the frame shows, an empty list for none; null where that is not known. */
  showMotions(names) {
    this.motion.hidden = names === null;
    if (names === null) return;
    const known = names.length > 0;
    this.motion.classList.toggle("none", !known);
    setText(this.motion, known ? `Shows “${names.join("”, “")}”` : "No motion labeled here");
  }

  /**
   * Gray the class bars, which are those of the network as learned, and offer What if. Where there is no page What
   * if, they are only said to be as learned.
   *
   * @param {boolean} changed whether the view changes the network
   * @param {string | null} url of What if with the change in view; null where there is no such page
   */
  showWhole(changed, url) {
    this.details.classList.toggle("stale", changed);
    const shown = this.whole.childNodes.length > 0;
    if (url) this.whatIf.href = url;
    if (changed && !shown) {
      if (url) this.whole.append("Predictions of the whole network: ", this.whatIf);
      else this.whole.append("Predictions are those of the network as learned.");
    }
    if (!changed && shown) this.whole.replaceChildren();
  }

  /**
   * Show the three likeliest classes of a window, with bars, and a note.
   *
   * @param {number[]} probabilities
   * @param {"correct" | "wrong" | null} mark of the likeliest class
   * @param {string} note
   */
  showClasses(probabilities, mark, note) {
    const order = probabilities
      .map((p, i) => [p, i])
      .sort((a, b) => b[0] - a[0])
      .slice(0, 3);
    const signature = JSON.stringify([order, mark, note]);
    if (signature === this.classesShown) return;
    this.classesShown = signature;
    const rows = order.map(([p, i], rank) =>
      el(
        "li",
        { class: rank === 0 ? "class best" : "class" },
        el(
          "span",
          { class: "class-name", title: this.model.classes[i] },
          rank === 0 && mark ? markIcon(mark) : null,
          this.model.classes[i],
        ),
        el(
          "span",
          { class: "class-bar", "aria-hidden": "true" },
          el("span", { style: `width:${(100 * p).toFixed(1)}%` }),
        ),
        el("span", { class: "class-share" }, percent(p)),
      ),
    );
    this.details.replaceChildren(
      el("ol", { class: "classes", "aria-label": "Likeliest classes" }, ...rows),
      note ? el("p", { class: "note" }, note) : "",
    );
  }

  /** Follow the link inside the app, unless it is to open elsewhere. */
  #leave(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.onWhatIf(this.model);
  }

  #displayPoint(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.display.width,
      y: ((event.clientY - box.top) / box.height) * this.display.height,
    };
  }

  #outline(grid, { row, column }, scale, color, weight, dashed = false) {
    const exact = patchRect(grid, row, column, scale);
    const line = weight * Math.max(1, Math.round(window.devicePixelRatio || 1));
    // Whole pixels make the line sharp.
    const sharp = (value) => Math.round(value) + (line % 2) / 2;
    const [x, y] = [sharp(exact.x), sharp(exact.y)];
    const [width, height] = [sharp(exact.x + exact.width) - x, sharp(exact.y + exact.height) - y];
    drawOutline(this.context, { x, y, width, height, color, weight: line, dashed });
  }

  /**
   * Outline a query patch in its color, the active one with a thick line.
   *
   * @param {Mark & { grid: Grid }} mark
   * @param {number} scale
   */
  #mark({ grid, row, column, color, active, faint }, scale) {
    this.#outline(grid, { row, column }, scale, color, active ? 2 : 1, faint);
  }

  /** Show a text in a corner of the picture, such as the position of the dial; null for none. */
  showDialed(text) {
    this.dialed.hidden = !text;
    if (text) setText(this.dialed, text);
  }

  /** Show lines of text under the picture: `lead` for everybody, and `fine` in details that are closed at first. */
  showFigures({ lead, fine }) {
    this.figures.hidden = !lead.length;
    this.more.hidden = !fine.length;
    setLines(this.figures, lead);
    setLines(this.fine, fine);
  }
}
