/* Buttons to play and step, and the clock beside them. `tools` is room for more at the right end. */

import { el, icon, setText } from "./dom.js";

export class Transport {
  /** `still`: there is one frame only. `onStep(by)`, `onToggle()`. */
  constructor({ still, onStep, onToggle }) {
    const button = (name, label, action) =>
      el("button", { type: "button", class: "plain round", "aria-label": label, title: label, disabled: still, onclick: action }, icon(name));
    this.play = button("play", "Play", onToggle);
    this.clock = el("span", { class: "clock" });
    this.tools = el("div", { class: "tools" });
    this.element = el(
      "div",
      { class: "transport" },
      button("previous", "Previous frame", () => onStep(-1)),
      this.play,
      button("next", "Next frame", () => onStep(1)),
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

  showClock(words) {
    setText(this.clock, words);
  }
}
