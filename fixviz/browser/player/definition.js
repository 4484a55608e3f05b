/* A term that opens its definition by click, touch and keyboard. The browser itself closes a popover,
   on Escape and on a click elsewhere. */

import { el, setText } from "./dom.js";

const MARGIN = 8;
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
    this.#place();
    // The popup is fixed to the screen, so scrolling would separate it from its term.
    addEventListener("scroll", () => this.popup.isConnected && this.popup.hidePopover(), {
      capture: true,
      once: true,
      passive: true,
    });
  }

  /** Place the popup below its term, or above where there is no room below; never outside the window. */
  #place() {
    const term = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.popup;
    const below = term.bottom + MARGIN;
    const top =
      below + height > innerHeight - MARGIN ? Math.max(MARGIN, term.top - MARGIN - height) : below;
    const left = Math.max(
      MARGIN,
      Math.min(term.left, document.documentElement.clientWidth - width - MARGIN),
    );
    Object.assign(this.popup.style, { left: `${left}px`, top: `${top}px` });
  }
}
