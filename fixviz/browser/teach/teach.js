/* The teacher's page: plan a class, print worksheets and answer sheets, see a class's answers. The query parameter
   `view` says which of these is open, `lesson` of which lesson a sheet is. */

/** @import { TeachContext, TeachData } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { jsonOf } from "../player/packed.js";
import { languageTag, teller } from "../course/words.js";
import { classView } from "./class.js";
import { VIEW } from "./links.js";
import { planView } from "./plan.js";
import { printStyles } from "./printing.js";
import { sheetView } from "./sheet.js";

/** The views, each with the key of its title and the function that makes it. */
const VIEWS = {
  plan: { title: "teach_plan", make: planView },
  worksheet: { title: "teach_worksheet", make: sheetView },
  answers: { title: "teach_answers", make: sheetView },
  class: { title: "teach_class", make: classView },
};

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return jsonOf(response);
}

export class Teach {
  /**
   * @param {HTMLElement} root element with the theme's colors
   * @param {TeachData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.words = teller(data.words);
    this.fetches = new Map();
    this.live = el("div", { class: "unseen", role: "status" });
    this.tabs = el("nav", { class: "tabs", "aria-label": this.words("teach") });
    this.page = el("div", { class: "page" });
    this.root.lang = languageTag(data.language);
    root.replaceChildren(this.tabs, this.page, this.live);
    this.unprint = printStyles();
    this.onPop = () => this.#open();
    addEventListener("popstate", this.onPop);
    this.#open();
  }

  close() {
    removeEventListener("popstate", this.onPop);
    this.view?.close?.();
    this.unprint();
    this.root.replaceChildren();
  }

  /** The theme changed: draw again what has colors of its own. */
  redraw() {
    this.view?.redraw?.();
  }

  /** @returns {TeachContext} */
  get #context() {
    return {
      data: this.data,
      words: this.words,
      json: (path) => this.#json(path),
      announce: (text) => this.#announce(text),
      go: (parameters) => this.#go(parameters),
      root: this.root,
    };
  }

  #json(path) {
    if (!this.fetches.has(path)) {
      const pending = fetched(`${this.data.base}/${path}`);
      this.fetches.set(path, pending);
      pending.catch(() => this.fetches.delete(path));
    }
    return this.fetches.get(path);
  }

  #go(parameters) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(parameters)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    if (url.href === location.href) return;
    // The app's own script keeps one entry of the history for a page; here each view is one.
    History.prototype.pushState.call(history, history.state, "", url);
    this.#open();
  }

  async #open() {
    const parameters = new URLSearchParams(location.search);
    const wanted = parameters.get(VIEW) ?? "plan";
    const name = Object.hasOwn(VIEWS, wanted) ? wanted : "plan";
    const asked = (this.asked = Symbol(name));
    this.#drawTabs(name);
    try {
      const view = await VIEWS[name].make(this.#context, { name, parameters });
      if (asked !== this.asked) {
        view.close?.();
        return;
      }
      this.view?.close?.();
      this.view = view;
      this.page.replaceChildren(view.element);
      this.page.dataset.view = name;
    } catch (error) {
      if (asked === this.asked) this.#showFailure(error);
    }
  }

  #drawTabs(current) {
    this.tabs.replaceChildren(
      ...Object.entries(VIEWS).map(([name, { title }]) => {
        const url = new URL(location.href);
        url.searchParams.set(VIEW, name);
        return el(
          "a",
          {
            href: url.href,
            "aria-current": name === current ? "page" : null,
            onclick: (event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
              event.preventDefault();
              this.#go({ [VIEW]: name });
            },
          },
          this.words(title),
        );
      }),
    );
  }

  #showFailure(error) {
    console.error(error);
    this.view?.close?.();
    this.view = null;
    this.page.replaceChildren(
      el(
        "div",
        { class: "failed", role: "alert" },
        el("p", {}, this.words("page_failed")),
        el("p", { class: "hint" }, error.message),
        el(
          "button",
          { type: "button", class: "plain", onclick: () => this.#open() },
          this.words("retry"),
        ),
      ),
    );
  }

  #announce(text) {
    this.live.textContent = "";
    requestAnimationFrame(() => (this.live.textContent = text));
  }
}
