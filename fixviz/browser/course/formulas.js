/* Formulas that show their numbers: a symbol that is pointed at, tapped or focused tells its value, its shape and
   its place in the picture; a place in the picture lights its symbol. */

/** @import { CourseFigure } from "./types.d.ts" */

import { el } from "../player/dom.js";

export class Formulas {
  /**
   * @param {HTMLElement} text of the step, with MathML in which symbols have `data-symbol`
   * @param {(key: string) => string} words
   */
  constructor(text, words) {
    this.words = words;
    this.text = text;
    /** @type {CourseFigure | null} */
    this.figure = null;
    this.kept = null;
    const symbols = [...text.querySelectorAll("[data-symbol]")];
    this.names = [...new Set(symbols.map((node) => node.getAttribute("data-symbol")))];
  }

  /**
   * Connect the symbols with a figure that knows their values. Symbols without one stay plain.
   *
   * @param {CourseFigure} figure
   */
  connect(figure) {
    const known = figure.symbols?.() ?? {};
    this.names = this.names.filter((name) => Object.hasOwn(known, name));
    if (!this.names.length) return;
    this.figure = figure;
    for (const node of this.text.querySelectorAll("[data-symbol]")) {
      const name = node.getAttribute("data-symbol");
      if (!this.names.includes(name)) continue;
      node.classList.add("live");
      node.addEventListener("pointerenter", () => this.#show(name));
      node.addEventListener("pointerleave", () => this.#show(this.kept));
      node.addEventListener("click", () => this.#keep(name));
    }
    this.chips = new Map(
      this.names.map((name) => {
        const drawn = this.#drawn(name);
        const chip = el("button", {
          type: "button",
          class: "symbol",
          "aria-pressed": "false",
          "aria-label": drawn.textContent,
        });
        chip.append(drawn);
        chip.onclick = () => this.#keep(name);
        chip.onfocus = () => this.#show(name);
        chip.onblur = () => this.#show(this.kept);
        chip.onpointerenter = () => this.#show(name);
        chip.onpointerleave = () => this.#show(this.kept);
        return [name, chip];
      }),
    );
    this.value = el(
      "p",
      { class: "symbol-value", "aria-live": "polite" },
      this.words("symbols_hint"),
    );
    const last = [...this.text.querySelectorAll("math")].filter((math) =>
      math.querySelector("[data-symbol]"),
    );
    const row = el(
      "div",
      { class: "symbols" },
      el("div", { class: "symbol-row" }, ...this.chips.values()),
      this.value,
    );
    // After the last formula's own paragraph.
    let place = last[last.length - 1];
    while (place.parentElement && place.parentElement !== this.text) place = place.parentElement;
    place.after(row);
  }

  /** Light a symbol, because the reader points at its place in the picture. */
  light(name) {
    this.#show(name ?? this.kept, false);
  }

  /** The values have changed. */
  refresh() {
    if (this.figure && this.lit) this.#show(this.lit, false);
  }

  /** A copy of the symbol as it stands in the formula. */
  #drawn(name) {
    const math = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
    const copy = /** @type {Element} */ (
      this.text.querySelector(`[data-symbol="${name}"]`).cloneNode(true)
    );
    copy.removeAttribute("data-symbol");
    math.append(copy);
    return math;
  }

  #keep(name) {
    this.kept = this.kept === name ? null : name;
    for (const [one, chip] of this.chips)
      chip.setAttribute("aria-pressed", String(one === this.kept));
    this.#show(this.kept);
  }

  #show(name, tellFigure = true) {
    if (!this.figure) return;
    this.lit = name;
    for (const node of this.text.querySelectorAll("[data-symbol]"))
      node.classList.toggle("lit", node.getAttribute("data-symbol") === name);
    for (const [one, chip] of this.chips) chip.classList.toggle("lit", one === name);
    if (tellFigure) this.figure.light?.(name);
    const symbol = name ? this.figure.symbols()[name] : null;
    if (!symbol) {
      this.value.textContent = this.words("symbols_hint");
      return;
    }
    this.value.replaceChildren(
      el("strong", {}, symbol.value),
      symbol.shape ? ` · ${symbol.shape}` : "",
      symbol.where ? ` · ${symbol.where}` : "",
    );
  }
}
