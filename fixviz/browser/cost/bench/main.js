/* The page's measurement in this browser: a button, the progress, and what was measured, sent to the page. */

import { fill } from "../../course/words.js";
import { el, loadStyles, setText } from "../../player/dom.js";
import { mountOf } from "../../player/mounting.js";
import { race } from "../race.js";

class BrowserBench {
  constructor(parent) {
    const course = loadStyles(new URL("../../course/styles.css", import.meta.url).href);
    const own = loadStyles(new URL("../styles.css", import.meta.url).href);
    this.button = el("button", { type: "button", class: "plain", onclick: () => this.press() });
    this.progress = el("progress", { max: 1, value: 0 });
    this.step = el("span", { class: "step", "aria-hidden": "true" });
    this.says = el("p", { class: "says", role: "status" });
    this.root = el(
      "div",
      { class: "fixviz-course fixviz-cost", style: "visibility: hidden" },
      course.link,
      own.link,
      el("div", { class: "bench" }, this.button, this.progress, this.step, this.says),
    );
    parent.append(this.root);
    Promise.all([course.ready, own.ready]).then(() => this.root.style.removeProperty("visibility"));
    this.stop = null;
  }

  /** data: `task` of race.js, `shape` (its name), `titles` of the kinds, `words`, `measured` (whether the page has points). */
  update({ data, setStateValue }) {
    this.send = (found) => setStateValue("measured", found);
    if (this.data && this.data.shape !== data.shape) this.end();
    this.data = data;
    this.draw();
  }

  word(name, values = {}) {
    return fill(this.data.words[name], values);
  }

  draw() {
    const on = this.stop !== null;
    setText(this.button, this.word(on ? "cancel" : this.data.measured ? "again" : "start"));
    this.progress.hidden = this.step.hidden = !on;
    this.progress.setAttribute("aria-label", this.word("progress"));
  }

  press() {
    if (this.stop) {
      this.hand(this.found, {});
      setText(this.says, this.word("cancelled"));
      return;
    }
    this.found = [];
    setText(this.says, "");
    this.stop = race(this.data.task, {
      onStep: ({ share, kind, tokens }) => {
        this.progress.value = share;
        const shown = { kind: this.data.titles[kind], tokens: tokens.toLocaleString("en") };
        setText(this.step, this.word("step", shown));
      },
      onPoint: (point) => this.found.push(point),
      onEnd: (told) => {
        if (told === null) {
          this.end();
          setText(this.says, this.word("failed"));
        } else {
          this.hand(this.found, told.stopped);
          setText(this.says, this.word("done"));
        }
      },
    });
    this.draw();
  }

  /** End the measurement and give the page what there is. */
  hand(points, stopped) {
    const { shape } = this.data;
    this.end();
    if (points.length) this.send({ shape, points, stopped, browser: browserName() });
  }

  end() {
    this.stop?.();
    this.stop = null;
    this.progress.value = 0;
    this.draw();
  }

  close() {
    this.stop?.();
    this.root.remove();
  }
}

/** The browser's name with its main version, such as "Firefox 140". */
function browserName() {
  const known = [
    ["Edg", "Edge"],
    ["OPR", "Opera"],
    ["Firefox", "Firefox"],
    ["Chrome", "Chrome"],
    ["Version", "Safari"],
  ];
  for (const [mark, name] of known) {
    const found = navigator.userAgent.match(new RegExp(`${mark}/(\\d+)`));
    if (found) return `${name} ${found[1]}`;
  }
  return "";
}

export const mount = mountOf(BrowserBench);
