/* A word that opens its definition: by click, touch and keyboard. The browser itself closes what it opened as a popover,
   with Escape and with a click elsewhere. */

import { el, setText } from "./dom.js";

const MARGIN = 8;
let count = 0;

export class Definition {
  /** `word`: what is defined. `lines`: the definition, a paragraph each. */
  constructor(word = "", lines = []) {
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
    this.set(word, lines);
  }

  /** Shows another word, or another definition of it. */
  set(word, lines) {
    setText(this.button, word);
    this.button.setAttribute("aria-label", `${word}: what it means`);
    const texts = lines.filter(Boolean);
    if (this.shown === texts.join("\n")) return;
    this.shown = texts.join("\n");
    this.popup.replaceChildren(...texts.map((text) => el("p", {}, text)));
  }

  #toggled(open) {
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.#place();
    // It stands still on the screen, so it would lose its word when the page moves.
    addEventListener("scroll", () => this.popup.isConnected && this.popup.hidePopover(), {
      capture: true,
      once: true,
      passive: true,
    });
  }

  /** Below its word, or above it where there is no room below; never beyond the window. */
  #place() {
    const word = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.popup;
    const below = word.bottom + MARGIN;
    const top =
      below + height > innerHeight - MARGIN ? Math.max(MARGIN, word.top - MARGIN - height) : below;
    const left = Math.max(
      MARGIN,
      Math.min(word.left, document.documentElement.clientWidth - width - MARGIN),
    );
    Object.assign(this.popup.style, { left: `${left}px`, top: `${top}px` });
  }
}
