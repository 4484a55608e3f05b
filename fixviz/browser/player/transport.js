/* The bar of the player: buttons to play and step, the frame slider and the clock. `tools` has room for
   more at the right end. */

import { el, icon, setText } from "./dom.js";
import { seconds } from "./format.js";

export class Transport {
  /**
   * @param {object} options
   * @param {number[]} options.times when each frame begins, in seconds
   * @param {(by: number) => void} options.onStep
   * @param {() => void} options.onToggle
   * @param {(frame: number, settled: boolean) => void} options.onFrame `settled` is false while the slider is held
   */
  constructor({ times, onStep, onToggle, onFrame }) {
    this.times = times;
    const still = times.length < 2;
    const button = (name, label, action) =>
      el(
        "button",
        {
          type: "button",
          class: "plain round",
          "aria-label": label,
          title: label,
          disabled: still,
          onclick: action,
        },
        icon(name),
      );
    this.play = button("play", "Play", onToggle);
    this.slider = el("input", {
      type: "range",
      class: "time",
      min: "0",
      max: String(times.length - 1),
      step: "1",
      "aria-label": "Frame",
      disabled: still,
    });
    this.slider.oninput = () => onFrame(Number(this.slider.value), false);
    this.slider.onchange = () => onFrame(Number(this.slider.value), true);
    this.clock = el("span", { class: "clock" });
    this.tools = el("div", { class: "tools" });
    this.element = el(
      "div",
      { class: "transport" },
      button("previous", "Previous frame", () => onStep(-1)),
      this.play,
      button("next", "Next frame", () => onStep(1)),
      this.slider,
      this.clock,
      this.tools,
    );
  }

  showPlaying(playing) {
    const label = playing ? "Pause" : "Play";
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
  }

  /** Move the slider and the clock to a frame. */
  showFrame(frame) {
    const { slider, times } = this;
    const last = times.length - 1;
    if (Number(slider.value) !== frame) slider.value = String(frame);
    slider.setAttribute("aria-valuetext", `Frame ${frame}, ${seconds(times[frame])}`);
    setText(
      this.clock,
      `${seconds(times[frame])} of ${seconds(times[last])}, frame ${frame} of ${last}`,
    );
  }
}
