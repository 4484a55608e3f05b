/* Presenter mode, for a projector: clip, panels, scale and play bar on one screen in large type. The panels are A, B, C
   until their names are revealed, and nothing says what the models answer until that is revealed. */

/** @import { Manifest } from "./types.d.ts" */
/** @import { Viewer } from "./viewer.js" */

import { el, setText } from "./dom.js";
import { columnsFor } from "./present_layout.js";
import { isShown } from "./view.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };
const KEYS = { n: "names", a: "answers", f: "screen" };
const GAP = 12;
/** The letter A. */
const FIRST = 65;

export class Presenter {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.revealed = { names: false, answers: false };
    this.onKey = (event) => this.#key(event);
    const button = (key, action, ...children) =>
      el(
        "button",
        { type: "button", class: "plain", "aria-keyshortcuts": key, onclick: action },
        el("kbd", { "aria-hidden": "true" }, key),
        ...children,
      );
    this.labels = { names: el("span"), answers: el("span") };
    this.bar = el(
      "div",
      { class: "present-bar", role: "group", "aria-label": "Presenter mode", hidden: true },
      el("span", { class: "present-keys" }, el("kbd", {}, "←"), el("kbd", {}, "→"), "frame"),
      el("span", { class: "present-keys" }, el("kbd", {}, "Space"), "play"),
      button("N", () => this.#toggle("names"), this.labels.names),
      button("A", () => this.#toggle("answers"), this.labels.answers),
      button("F", () => this.#screen(), "Full screen"),
      button("Esc", () => this.leave(), "Leave"),
    );
    this.#sayWhat();
  }

  get on() {
    return this.viewer.view.present === "1";
  }

  /** The name that a model has now. */
  nameOf(i) {
    const { manifest, view } = this.viewer;
    if (!this.on || this.revealed.names) return manifest.models[i].title;
    const shown = manifest.models.filter((model) => isShown(view, model));
    const place = shown.indexOf(manifest.models[i]);
    return place < 0 ? "another model" : String.fromCharCode(FIRST + place);
  }

  /** Whether names and answers may be told. */
  tells(what) {
    return !this.on || this.revealed[what];
  }

  /** Follow the view: enter or leave. Returns whether sizes have changed. */
  sync() {
    const { on } = this;
    if (on === this.shown) return false;
    this.shown = on;
    this.bar.hidden = !on;
    const root = this.viewer.element.closest(".fixviz");
    root?.classList.toggle("presenting", on);
    // The page around the viewer hides what belongs to it.
    if (on) document.documentElement.dataset.present = "watch";
    else delete document.documentElement.dataset.present;
    if (on) document.addEventListener("keydown", this.onKey, { capture: true });
    else document.removeEventListener("keydown", this.onKey, { capture: true });
    if (!on) this.viewer.stage.element.style.removeProperty("--picture");
    return true;
  }

  /** Give the pictures the size at which all of them fit. */
  fit() {
    if (!this.on) return;
    const { stage, manifest } = this.viewer;
    const box = stage.element;
    const panels = [stage.clip, ...stage.panels].filter(({ element }) => !element.hidden);
    const { width, height } = manifest.display;
    const text = Math.max(
      ...panels.map(({ element, screen }) => element.scrollHeight - screen.offsetHeight),
    );
    const { columns, picture } = columnsFor(panels.length, {
      width: box.clientWidth,
      height: box.clientHeight,
      text,
      ratio: width / height,
      gap: GAP,
    });
    box.style.setProperty("--columns", String(columns));
    box.style.setProperty("--picture", `${picture}px`);
  }

  leave() {
    if (document.fullscreenElement) document.exitFullscreen();
    this.revealed = { names: false, answers: false };
    this.#sayWhat();
    this.viewer.set({ present: "" }, true);
  }

  close() {
    document.removeEventListener("keydown", this.onKey, { capture: true });
    if (this.shown) delete document.documentElement.dataset.present;
  }

  #toggle(what) {
    this.revealed[what] = !this.revealed[what];
    this.#sayWhat();
    this.viewer.resized = true;
    this.viewer.redraw();
  }

  #sayWhat() {
    for (const [what, label] of Object.entries(this.labels))
      setText(label, `${this.revealed[what] ? "Hide" : "Show"} ${what}`);
    this.viewer.element?.classList.toggle("answers-told", this.revealed.answers);
  }

  #screen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { viewer } = this;
    const target = event.composedPath()[0];
    const inViewer = event.composedPath().includes(viewer.element);
    // Another part of the page, such as a dialog, has keys of its own.
    if (!inViewer && target !== document.body && target !== document.documentElement) return;
    if (event.key === "Escape") {
      // It closes an open definition first, then takes the query away.
      if (viewer.element.querySelector(":popover-open") || viewer.view.query) return;
      this.leave();
    } else if (event.key in STEPS) {
      if (target === viewer.transport.slider && event.key.startsWith("Arrow")) return;
      viewer.steering.step(STEPS[event.key]);
    } else if (event.key === " ") {
      if (target.matches?.("button, summary")) return;
      viewer.steering.toggle();
    } else if (KEYS[event.key.toLowerCase()] === "screen") this.#screen();
    else if (event.key.toLowerCase() in KEYS) this.#toggle(KEYS[event.key.toLowerCase()]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
