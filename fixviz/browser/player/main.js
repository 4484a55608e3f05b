/* Entry point of the component: one viewer for each place in the page, kept across reruns of the app. */

import { el, loadStyles } from "./dom.js";
import { fileUrl } from "./files.js";
import { Parts } from "./loader.js";
import { Viewer } from "./viewer.js";

const SETTLE_MS = 350;
/** Milliseconds for Streamlit to send the component's values, which it does once the browser is idle. */
const LEAVE_MS = 30;
const mounted = new WeakMap();

/** Write the view to the address bar, with the same query parameters in the same order as the app does a moment later. */
function writeUrl(handle, parameters) {
  const params = new URLSearchParams({ run: handle, ...parameters });
  for (const [key, value] of new URLSearchParams(location.search)) {
    // Keep the model that other pages show.
    if (key.startsWith("embed") || key === "model") params.append(key, value);
  }
  const url = `${location.pathname}?${params}`;
  if (url !== location.pathname + location.search) history.replaceState(history.state, "", url);
}

/** Whether two views have the same query parameters, in whatever order. */
function sameView(one, other) {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => String(one[name]) === String(other[name]))
  );
}

class Mount {
  constructor(parent) {
    const { link, ready } = loadStyles(fileUrl("player/styles.css"));
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

  /** Take over the data of the app; open another run where its URL changed. */
  update({ data, setStateValue, setTriggerValue }, asked) {
    this.setStateValue = setStateValue;
    this.setTriggerValue = setTriggerValue;
    const same = data.run === this.run;
    // Steps through the history may lead from one view of the run to another, with no other page drawn between.
    const moved = same && data.arrival !== this.arrival && !sameView(data.view, this.parameters);
    this.arrival = data.arrival;
    if (same && !moved) {
      this.#takeColors();
      return;
    }
    this.run = data.run;
    this.handle = data.handle;
    this.parameters = data.view;
    this.help = data.help;
    this.verdict = data.verdict;
    this.whatIf = data.what_if;
    this.open(asked);
  }

  async open(asked = null) {
    const { run } = this;
    const turn = (this.turn = {});
    clearTimeout(this.timer);
    this.viewer?.close();
    this.viewer = null;
    this.body.replaceChildren(el("div", { class: "waiting", role: "status" }, "Opening the run…"));
    const parts = new Parts(run, asked);
    try {
      const manifest = await parts.manifest();
      await this.styled;
      if (this.turn !== turn || this.closed) return;
      this.viewer = new Viewer(manifest, parts, {
        parameters: this.parameters,
        help: this.help,
        verdict: this.verdict,
        whatIf: { page: this.whatIf, run: this.handle },
        onView: (parameters) => this.#settle(parameters),
        onWhatIf: (parameters) => this.#goToWhatIf(parameters),
      });
      this.told = JSON.stringify(this.viewer.parameters());
      this.body.replaceChildren(this.viewer.element);
      this.#takeColors();
    } catch (error) {
      if (this.turn === turn) this.#showFailure(error);
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

  /** Send a view to the app once it has stayed for a moment, never while something is dragged. */
  #settle(parameters) {
    this.parameters = parameters;
    writeUrl(this.handle, parameters);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.told = JSON.stringify(parameters);
      this.setStateValue("view", parameters);
    }, SETTLE_MS);
  }

  /**
   * Where a click on a link leaves the page, send the app a view that has not settled, or that plays,
   * before the click takes effect. Sent after it, the view would lead back to this page.
   */
  #leave(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const parameters = this.viewer?.parameters();
    if (!link || !parameters || JSON.stringify(parameters) === this.told) return;
    clearTimeout(this.timer);
    this.parameters = parameters;
    this.told = JSON.stringify(parameters);
    writeUrl(this.handle, parameters);
    document.dispatchEvent(
      new CustomEvent("fixviz:view", { detail: { run: this.handle, ...parameters } }),
    );
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => link.click(), LEAVE_MS);
  }

  /** Ask the app to go to What if, with the view as it is now for whoever comes back. */
  #goToWhatIf(parameters) {
    clearTimeout(this.timer);
    this.parameters = this.viewer.parameters();
    this.told = JSON.stringify(this.parameters);
    writeUrl(this.handle, this.parameters);
    this.setStateValue("view", this.parameters);
    this.setTriggerValue("what_if", parameters);
  }

  /** Give each model a line color, from the categorical colors of the app's theme. */
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
 * Show or update the viewer under `parentElement`. Returns a function that removes it.
 *
 * @param {{ parentElement: HTMLElement, data: any, setStateValue: (name: string, value: any) => void, setTriggerValue: (name: string, value: any) => void }} component
 * @param {Promise<Response> | null} asked response with the run's manifest, where it was requested while
 *   this module was loading
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
