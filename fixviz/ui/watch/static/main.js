/* Entry of the component: one viewer per place in the page, kept across reruns of the app. */

import { el } from "./dom.js";
import { Parts } from "./loader.js";
import { Viewer } from "./viewer.js";

const SETTLE_MS = 350;
/** Streamlit sends what a component says once the browser is idle. */
const LEAVE_MS = 30;
const mounted = new WeakMap();

/** Styles are part of the component's own shadow tree; nothing is shown before they are there. */
function loadStyles() {
  const link = el("link", { rel: "stylesheet", href: new URL("styles.css", import.meta.url).href });
  const ready = new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
  });
  return { link, ready };
}

/** The address bar names the view, in the same words and order in which the app writes them a moment later. */
function writeLink(handle, words) {
  const params = new URLSearchParams({ run: handle, ...words });
  for (const [key, value] of new URLSearchParams(location.search)) {
    // The model that other pages look at goes along.
    if (key.startsWith("embed") || key === "model") params.append(key, value);
  }
  const address = `${location.pathname}?${params}`;
  if (address !== location.pathname + location.search)
    history.replaceState(history.state, "", address);
}

class Mount {
  constructor(parent) {
    const { link, ready } = loadStyles();
    this.styled = ready;
    this.body = el("div", { class: "body" });
    this.root = el("div", { class: "fixviz", style: "visibility: hidden" }, link, this.body);
    parent.append(this.root);
    ready.then(() => this.root.style.removeProperty("visibility"));
    this.outside = new AbortController();
    document.addEventListener("click", (event) => this.#leave(event), {
      capture: true,
      signal: this.outside.signal,
    });
  }

  /** Takes over what the app passes; opens another run when the address changed. */
  update({ data, setStateValue }, asked) {
    this.setStateValue = setStateValue;
    if (data.run === this.run) {
      this.#takeColors();
      return;
    }
    this.run = data.run;
    this.handle = data.handle;
    this.words = data.view;
    this.open(asked);
  }

  async open(asked = null) {
    const { run } = this;
    this.viewer?.close();
    this.viewer = null;
    this.body.replaceChildren(el("div", { class: "waiting", role: "status" }, "Opening the run…"));
    const parts = new Parts(run, asked);
    try {
      const manifest = await parts.manifest();
      await this.styled;
      if (this.run !== run || this.closed) return;
      this.viewer = new Viewer(manifest, parts, {
        words: this.words,
        onView: (words) => this.#settle(words),
      });
      this.told = JSON.stringify(this.viewer.words());
      this.body.replaceChildren(this.viewer.element);
      this.#takeColors();
    } catch (error) {
      if (this.run === run) this.#showFailure(error);
    }
  }

  close() {
    this.closed = true;
    this.outside.abort();
    clearTimeout(this.timer);
    this.viewer?.close();
    this.root.remove();
  }

  #showFailure(error) {
    const retry = el(
      "button",
      { type: "button", class: "plain", onclick: () => this.open() },
      "Retry",
    );
    this.body.replaceChildren(
      el(
        "div",
        { class: "waiting failed", role: "alert" },
        el("strong", {}, "This run cannot be shown."),
        el("span", {}, error.message),
        retry,
      ),
    );
  }

  /** The app hears of a view once it has stayed for a moment, never while something is dragged. */
  #settle(words) {
    this.words = words;
    writeLink(this.handle, words);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.told = JSON.stringify(words);
      this.setStateValue("view", words);
    }, SETTLE_MS);
  }

  /**
   * A click on a link leaves the page: the app hears before of a view that has not settled, or that plays. What it
   * would hear after the click would lead back to this page.
   */
  #leave(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const words = this.viewer?.words();
    if (!link || !words || JSON.stringify(words) === this.told) return;
    clearTimeout(this.timer);
    this.words = words;
    this.told = JSON.stringify(words);
    writeLink(this.handle, words);
    document.dispatchEvent(
      new CustomEvent("fixviz:view", { detail: { run: this.handle, ...words } }),
    );
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => link.click(), LEAVE_MS);
  }

  /** One line color per model, from the categorical colors of the app's theme. */
  #takeColors() {
    if (!this.viewer) return;
    const colors = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors");
    colors
      .split(",")
      .filter((color) => color.trim())
      .forEach((color, i) => this.root.style.setProperty(`--line-${i}`, color.trim()));
    this.viewer.redraw({ curves: true });
  }
}

/**
 * Shows or updates the viewer under `parentElement`; returns what takes it away. `asked`: the response with the run's
 * manifest, when it was asked for while this module was loading.
 */
export function mount(component, asked = null) {
  const parent = component.parentElement;
  if (!mounted.has(parent)) mounted.set(parent, new Mount(parent));
  const entry = mounted.get(parent);
  entry.update(component, asked);
  return () => {
    entry.close();
    mounted.delete(parent);
  };
}
