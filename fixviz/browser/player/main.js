/* Entry point of the component: one viewer for each place in the page, kept across reruns of the app. */

import { ViewerPlace } from "./place.js";

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
    this.place = new ViewerPlace(parent);
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
      this.place.takeColors();
      return;
    }
    this.run = data.run;
    this.handle = data.handle;
    this.parameters = data.view;
    clearTimeout(this.timer);
    const options = () => ({
      parameters: this.parameters,
      help: data.help,
      verdict: data.verdict,
      whatIf: { page: data.what_if, run: data.handle },
      onView: (parameters) => this.#settle(parameters),
      onWhatIf: (parameters) => this.#goToWhatIf(parameters),
    });
    this.place.open(data.run, options, asked).then((viewer) => {
      if (viewer) this.told = JSON.stringify(viewer.parameters());
    });
  }

  close() {
    this.outside.abort();
    clearTimeout(this.timer);
    this.place.close();
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
    const parameters = this.place.viewer?.parameters();
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
    this.parameters = this.place.viewer.parameters();
    this.told = JSON.stringify(this.parameters);
    writeUrl(this.handle, this.parameters);
    this.setStateValue("view", this.parameters);
    this.setTriggerValue("what_if", parameters);
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
