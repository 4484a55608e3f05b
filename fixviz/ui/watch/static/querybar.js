/* The query patches as a row of chips: which one is in view, and how to be rid of them. */

import { el, icon, setText } from "./dom.js";
import { readQueries } from "./query.js";

export class QueryBar {
  /** `onChoose(index)`, `onRemove(index)`, `onClear()`, `onMove()`: the query moves to the frame in view. */
  constructor({ onChoose, onRemove, onClear, onMove }) {
    this.handlers = { onChoose, onRemove, onClear };
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "Query patches" });
    this.hint = el("span", { class: "hint" });
    this.move = el("button", { type: "button", class: "plain small", onclick: onMove });
    this.clear = el(
      "button",
      { type: "button", class: "plain small", onclick: onClear, title: "Escape" },
      "Clear",
    );
    this.element = el(
      "div",
      { class: "query-bar", hidden: true },
      el("span", { class: "bar-title" }, "Query"),
      this.chips,
      this.clear,
      this.move,
      this.hint,
    );
  }

  /**
   * `move`: text of the button that brings the query to the frame in view, or null. `pooled`: without a patch, the
   * pooled output is the query.
   */
  sync(view, { shown, move, pooled }) {
    const queries = readQueries(view.query);
    this.element.hidden = !shown || (!queries.length && !pooled);
    if (this.element.hidden) return;
    const signature = `${view.query}/${view.active}`;
    if (signature !== this.signature) {
      this.signature = signature;
      this.chips.replaceChildren(
        ...queries.map((query, i) => this.#chip(query, i, i === view.active, queries.length > 1)),
      );
    }
    this.clear.hidden = !queries.length;
    this.move.hidden = !move;
    if (move) setText(this.move, move);
    const how = queries.length
      ? "Shift-click pins up to 4 patches; the arrow keys move the query."
      : "From the pooled output. Click a patch to start from there.";
    setText(this.hint, pooled ? `${how} The server computes it for the whole network.` : how);
  }

  #chip({ row, column }, i, active, several) {
    const name = `row ${row}, column ${column}`;
    const choose = el(
      "button",
      {
        type: "button",
        class: "chip-name",
        "aria-pressed": String(active),
        onclick: () => this.handlers.onChoose(i),
      },
      several ? el("span", { class: `mark mark-${i}`, "aria-hidden": "true" }) : null,
      name,
    );
    const remove = el(
      "button",
      {
        type: "button",
        class: "chip-remove",
        "aria-label": `Remove the query at ${name}`,
        onclick: () => this.handlers.onRemove(i),
      },
      icon("close"),
    );
    return el("span", { class: active ? "chip active" : "chip" }, choose, several ? remove : null);
  }
}
