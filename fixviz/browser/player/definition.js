/* A term that opens its definition by click, touch and keyboard. The browser itself closes a popover,
   on Escape and on a click elsewhere. */

import { el, setText } from "./dom.js";
import { placeBeside } from "./popup.js";

let count = 0;

export class Definition {
  /** `lines`: the definition of the term, one paragraph each. */
  constructor(term = "", lines = []) {
    const id = `fixviz-definition-${count++}`;
    this.popup = el("div", { class: "definition", id, popover: "auto", role: "note" });
    this.button = el("button", {
      type: "button",
      class: "define",
      "aria-expanded": "false",
      "aria-controls": id,
    });
    this.button.popoverTargetElement = this.popup;
    this.popup.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
    this.element = el("span", { class: "defined" }, this.button, this.popup);
    this.set(term, lines);
  }

  /** Show another term, or another definition of it. */
  set(term, lines) {
    setText(this.button, term);
    this.button.setAttribute("aria-label", `${term}: what it means`);
    const texts = lines.filter(Boolean);
    if (this.shown === texts.join("\n")) return;
    this.shown = texts.join("\n");
    this.popup.replaceChildren(...texts.map((text) => el("p", {}, text)));
  }

  #toggled(open) {
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    placeBeside(this.popup, this.button);
  }
}
