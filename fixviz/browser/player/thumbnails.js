/* Small frames along the time axis, for the eye and the pointer: the slider is the accessible control. */

import { el } from "./dom.js";
import { fileUrl } from "./files.js";

const MOST = 12;
const LEAST = 3;
const HEIGHT = 44;

/** The frames in the middle of `count` equal parts of `total` frames, each at most once. */
export function spreadFrames(count, total) {
  const shown = Math.min(count, total);
  return Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * total) / shown));
}

class Thumbnails {
  constructor(viewer) {
    this.viewer = viewer;
    const { width, height } = viewer.manifest.display;
    this.width = Math.max(32, Math.round((HEIGHT * width) / height));
    this.strip = el("div", {
      class: "thumbnails",
      "aria-hidden": "true",
      style: `--high: ${HEIGHT}px`,
    });
    this.element = el(
      "div",
      {},
      el("link", { rel: "stylesheet", href: fileUrl("player/thumbnails.css") }),
      this.strip,
    );
    this.resizes = new ResizeObserver(() => this.#fill());
    this.resizes.observe(this.strip);
  }

  /** Show as many frames as there is room for. */
  #fill() {
    const total = this.viewer.manifest.frames.index.length;
    const room = Math.floor(this.strip.clientWidth / (this.width + 4));
    const frames = spreadFrames(Math.min(MOST, Math.max(LEAST, room)), total);
    if (String(frames) === this.shown) return;
    this.shown = String(frames);
    const canvases = frames.map((frame) =>
      el("canvas", {
        class: "thumbnail",
        width: 2 * this.width,
        height: 2 * HEIGHT,
        onclick: () => this.#seek(frame),
      }),
    );
    this.strip.replaceChildren(...canvases);
    this.#draw(frames, canvases);
  }

  /** Draw the frames one by one, after the frame in view, so that they delay nothing else. */
  async #draw(frames, canvases) {
    const { viewer } = this;
    const shown = this.shown;
    for (const [i, frame] of [[null, viewer.view.frame], ...frames.entries()]) {
      const image = await viewer.parts.image(viewer.requests.frame(frame)).catch(() => null);
      if (viewer.closed || shown !== this.shown) return;
      if (i === null || !image) continue;
      const { width, height } = canvases[i];
      canvases[i].getContext("2d").drawImage(image, 0, 0, width, height);
    }
  }

  #seek(frame) {
    this.viewer.player.stop();
    this.viewer.set({ frame }, true);
  }
}

/** Put small frames under the viewer's time axis. */
export function addThumbnails(viewer) {
  viewer.timeline.ends.before(new Thumbnails(viewer).element);
}
