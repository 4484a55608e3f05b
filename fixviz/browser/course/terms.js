/* Terms in the text: a button that opens the definition of the glossary. */

/** @import { Term } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { placeBeside } from "../player/popup.js";

export class Terms {
  /**
   * @param {HTMLElement} host where the definition is put
   * @param {(anchor: string) => string} glossary URL of a term in the glossary
   * @param {(key: string) => string} words
   */
  constructor(host, glossary, words) {
    this.glossary = glossary;
    this.words = words;
    this.popup = el("div", { class: "definition", popover: "auto", role: "note" });
    this.popup.addEventListener("toggle", ({ newState }) => {
      this.button?.setAttribute("aria-expanded", String(newState === "open"));
    });
    host.append(this.popup);
  }

  /**
   * Make the terms of a text open their definitions.
   *
   * @param {HTMLElement} text
   * @param {Record<string, Term>} terms
   */
  wire(text, terms) {
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
      text.querySelectorAll("button.term")
    )) {
      const term = terms[button.dataset.term ?? ""];
      if (!term) continue;
      button.setAttribute("aria-expanded", "false");
      button.onclick = () => this.#open(button, term);
    }
  }

  close() {
    this.popup.remove();
  }

  #open(button, term) {
    this.button = button;
    const definition = el("p");
    definition.innerHTML = term.definition;
    this.popup.replaceChildren(
      el("strong", {}, term.title),
      definition,
      el("a", { href: this.glossary(term.anchor), target: "_blank" }, this.words("in_glossary")),
    );
    this.popup.showPopover();
    placeBeside(this.popup, button);
  }
}
