/* The export menu of the viewer, and the exports behind its items. */

/** @import { Viewer } from "../viewer.js" */

import { gifOf, videoOf, videoType } from "./animation.js";
import { paint, pngOf } from "./canvas.js";
import { describeView, fileStem, nameParts } from "./describe.js";
import { download } from "./download.js";
import { layOut } from "./layout.js";
import { csvOf, npzOf } from "./numbers.js";
import { svgOf } from "./svg.js";
import { textMeasure } from "./text.js";
import { el, setText } from "../dom.js";
import { fileUrl } from "../files.js";

const PICTURE_SCALE = 2;
const PATIENCE_MS = 20000;

/** Thrown to end an export that was cancelled. */
class Cancelled extends Error {}

/**
 * The exports that this browser can make: `run(task)` resolves to [file, name].
 *
 * @param {Viewer} viewer
 */
function exportsOf(viewer) {
  const video = videoType();
  const one = (id, label, hint, ending, make) => ({
    id,
    label,
    hint,
    run: async () => {
      const description = describeView(viewer, viewer.view.frame);
      const image = await viewer.parts.image(description.picture);
      const figure = layOut(description, textMeasure());
      return [
        await make(figure, image, description),
        `${fileStem(description.clip, nameParts(description))}.${ending}`,
      ];
    },
  });
  const moving = (id, label, hint, ending, make) => ({
    id,
    label,
    hint,
    run: (task) => animate(viewer, task, ending, make),
  });
  return [
    one(
      "png",
      "Picture (PNG)",
      "The panels as they are now, with scale and caption",
      "png",
      (figure, image) => pngOf(figure, image, PICTURE_SCALE),
    ),
    one(
      "svg",
      "Drawing (SVG)",
      "The same with patches and text as shapes, for papers",
      "svg",
      svgOf,
    ),
    moving("gif", "Animation (GIF)", "All panels over all frames", "gif", gifOf),
    video &&
      moving(
        "video",
        `Video (${video.ending === "mp4" ? "MP4" : "WebM"})`,
        "All panels over all frames, recorded at the speed of the clip",
        video.ending,
        (job) => videoOf(job, video),
      ),
    one(
      "csv",
      "Maps shown (CSV)",
      "One line per model and patch of this frame",
      "csv",
      (_figure, _image, description) => csvOf(description),
    ),
    {
      id: "npz",
      label: "Numbers of this layer (NPZ)",
      hint: "All stored arrays of all frames and heads, for numpy",
      run: (task) => numbers(viewer, task),
    },
  ].filter(Boolean);
}

/** Make an animation. All frames are described at once, so that it shows one view, whatever is clicked meanwhile. */
async function animate(viewer, task, ending, make) {
  const { parts, manifest } = viewer;
  const times = manifest.frames.timestamp_s;
  const descriptions = times.map((_, frame) => describeView(viewer, frame));
  const [{ clip, theme, scale }] = descriptions;
  const measure = textMeasure();
  const height = Math.max(
    ...descriptions.map((description) => layOut(description, measure).height),
  );
  const figures = descriptions.map((description) => layOut(description, measure, height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: figures[0].width,
    height,
  });
  // Pixels are read from every frame, which is slow where they lie in the memory of a graphics card.
  canvas.getContext("2d", { willReadFrequently: true });
  const draw = async (frame) =>
    paint(canvas, figures[frame], await parts.image(descriptions[frame].picture), 1);
  const file = await make({
    canvas,
    times,
    theme,
    colors: scale.colors,
    draw,
    onProgress: task.onProgress,
  });
  return [
    file,
    `${fileStem(clip, nameParts(descriptions[0], `frames 0-${times.length - 1}`))}.${ending}`,
  ];
}

async function numbers(viewer, task) {
  const { manifest, parts, view } = viewer;
  const fetchBytes = (reference) =>
    parts.bytes(reference).catch(() => {
      throw new Error(
        "A part of this run could not be fetched. Check that fixviz is still running.",
      );
    });
  const file = await npzOf(manifest, view.layer, fetchBytes, task.onProgress);
  return [file, `${fileStem(manifest.clip.name, [`layer ${view.layer}`])}.npz`];
}

/** Stop at the frame in view and wait until the maps of all frames are loaded and drawn. */
async function whenReady(viewer, task) {
  if (viewer.player.playing) {
    viewer.player.stop();
    viewer.set({}, true);
  }
  const until = performance.now() + PATIENCE_MS;
  while (viewer.element.dataset.ready !== "true" || viewer.maps.pending()) {
    task.onProgress(0);
    if (performance.now() > until)
      throw new Error(
        "A part of this view is missing, so it cannot be exported. Retry loading it first.",
      );
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

class ExportMenu {
  constructor(viewer) {
    this.viewer = viewer;
    this.items = exportsOf(viewer).map((entry) =>
      el(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: "export-item",
          tabindex: "-1",
          "data-export": entry.id,
          onclick: () => this.#start(entry),
        },
        el("span", { class: "export-name" }, entry.label),
        el("span", { class: "export-hint" }, entry.hint),
      ),
    );
    this.menu = el(
      "div",
      {
        class: "export-popup",
        role: "menu",
        id: "fixviz-export",
        "aria-label": "Export",
        hidden: true,
      },
      ...this.items,
    );
    this.button = el(
      "button",
      {
        type: "button",
        class: "plain export-button",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "aria-controls": "fixviz-export",
        onclick: () => this.#toggle(),
      },
      "Export",
    );
    this.message = el("span", { role: "status", class: "export-message" });
    this.progress = el("progress", {
      class: "export-progress",
      max: "1",
      "aria-label": "Progress of the export",
      hidden: true,
    });
    this.cancel = el(
      "button",
      { type: "button", class: "plain export-cancel", hidden: true, onclick: () => this.#cancel() },
      "Cancel",
    );
    this.element = el(
      "div",
      {
        class: "export",
        onkeydown: (event) => this.#key(event),
        onfocusout: (event) => this.#left(event),
      },
      el("link", { rel: "stylesheet", href: fileUrl("player/export/styles.css") }),
      this.message,
      this.progress,
      this.cancel,
      el("div", { class: "export-anchor" }, this.button, this.menu),
    );
  }

  #toggle() {
    if (!this.menu.hidden) this.#close(true);
    else this.#open(0);
  }

  #open(index) {
    if (this.task) return;
    this.menu.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    const below = innerHeight - this.button.getBoundingClientRect().bottom;
    this.menu.classList.toggle("upward", below < this.menu.offsetHeight + 12);
    this.items.at(index).focus();
  }

  #close(back) {
    this.menu.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (back) this.button.focus();
  }

  #left(event) {
    if (!this.menu.hidden && !this.element.contains(event.relatedTarget)) this.#close(false);
  }

  #key(event) {
    const target = event.composedPath()[0];
    const at = this.items.indexOf(target);
    const open = !this.menu.hidden;
    const moves = {
      ArrowDown: () => (open ? this.items[(at + 1) % this.items.length].focus() : this.#open(0)),
      ArrowUp: () => (open ? this.items.at(at < 1 ? -1 : at - 1).focus() : this.#open(-1)),
      Home: () => open && this.items[0].focus(),
      End: () => open && this.items.at(-1).focus(),
      Escape: () => open && this.#close(true),
    };
    // Keys pressed in the menu or on its buttons must not step through the frames or play them.
    event.stopPropagation();
    if (!(event.key in moves) || (target !== this.button && at < 0)) return;
    event.preventDefault();
    moves[event.key]();
  }

  #cancel() {
    this.task.cancelled = true;
    this.button.focus();
  }

  async #start(entry) {
    this.#close(true);
    if (this.task) return;
    const task = { cancelled: false };
    task.onProgress = (share) => {
      if (task.cancelled || this.viewer.closed) throw new Cancelled();
      this.progress.value = share;
    };
    this.task = task;
    this.#busy(`Exporting: ${entry.label}`);
    try {
      await whenReady(this.viewer, task);
      const [file, name] = await entry.run(task);
      task.onProgress(1);
      download(file, name);
      setText(this.message, `Saved as ${name}`);
    } catch (error) {
      setText(
        this.message,
        error instanceof Cancelled ? "Export cancelled." : `Not exported. ${error.message}`,
      );
    } finally {
      this.task = null;
      this.#busy(null);
    }
  }

  #busy(message) {
    const busy = message !== null;
    if (busy) setText(this.message, message);
    this.progress.hidden = this.cancel.hidden = !busy;
    this.button.setAttribute("aria-disabled", String(busy));
  }
}

/**
 * Put the export menu at the end of the viewer's row of buttons.
 *
 * @param {Viewer} viewer
 */
export function addExport(viewer) {
  viewer.transport.tools.append(new ExportMenu(viewer).element);
}
