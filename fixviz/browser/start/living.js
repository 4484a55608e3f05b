/* The living picture: one clip under the attention of three models, played again and again. It can be
   paused, and stands still at first where the system asks for little motion. */

import { PatchPicture } from "../course/parts/picture.js";
import { decodeArray } from "../player/arrays.js";
import { el, icon } from "../player/dom.js";
import { Parts } from "../player/loader.js";
import { frameSlice } from "../player/maps.js";

/** The bytes of a text in base64. */
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

export class Living {
  /** @param {HTMLElement} section the picture's place, with its data (fixviz/start/body.py) */
  constructor(section) {
    this.data = JSON.parse(section.querySelector("script.data").textContent);
    const { grid, frames, models, display } = this.data;
    const shape = [frames.length, grid.rows, grid.columns];
    this.maps = models.map(({ maps }) => decodeArray(bytes(maps), { dtype: "float16", shape }));
    const [low, high] = this.data.range;
    this.range = { low, high, max: high };
    this.parts = new Parts(this.data.base);
    this.pictures = models.map(({ name }) => {
      const screen = section.querySelector(`[data-model="${name}"] .screen`);
      // The canvas lies on the first frame's picture, which the page came with.
      const poster = screen.querySelector("img");
      const picture = new PatchPicture({ grid, display, label: poster.alt });
      poster.alt = "";
      screen.append(picture.element);
      return picture;
    });
    this.button = section.querySelector("button");
    this.button.onclick = () => this.play(!this.playing);
    this.button.hidden = false;
    this.frame = this.data.first;
    this.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.#show();
  }

  /** Play or stand still. */
  play(playing) {
    this.playing = playing;
    clearTimeout(this.timer);
    const label = playing ? this.data.pause : this.data.play;
    this.button.replaceChildren(icon(playing ? "pause" : "play"), el("span", {}, label));
    if (playing) this.#wait();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    for (const picture of this.pictures) picture.close();
    this.parts.close();
  }

  /** Show the next frame when it is due. */
  #wait() {
    const { times, frames } = this.data;
    const following = this.frame + 1;
    const last = times.length > 1 ? times[1] - times[0] : 1;
    const seconds = following < frames.length ? times[following] - times[this.frame] : last;
    this.timer = setTimeout(() => {
      this.frame = following % frames.length;
      this.#show().then(() => {
        if (this.playing && !this.closed) this.#wait();
      });
    }, 1000 * seconds);
  }

  async #show() {
    const { frame } = this;
    let image = null;
    try {
      image = await this.parts.image({ sha: this.data.frames[frame] });
    } catch {
      // The maps say where the models look even where a frame cannot be had.
    }
    if (this.closed || frame !== this.frame) return;
    this.pictures.forEach((picture, i) => {
      const map = frameSlice(this.maps[i], frame);
      picture.draw({ image, map, range: this.range, overlay: this.data.overlay });
    });
    this.pictures[0].element.closest(".living").dataset.frame = String(frame);
    this.#fetch(frame + 1);
  }

  /** Request the frames that come next, so that none is late. */
  #fetch(from) {
    const { frames } = this.data;
    for (let i = 0; i < 4; i++)
      this.parts.image({ sha: frames[(from + i) % frames.length] }).catch(() => {});
  }
}
