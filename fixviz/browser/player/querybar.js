/* The query patches as a row of chips, to choose and remove them. */

import { el, icon, setText } from "./dom.js";
import { readQueries } from "./query.js";

export class QueryBar {
  /** `onMove()` is to move the query to the frame in view. */
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
   * Show the query patches of a view.
   *
   * @param {import("./types.d.ts").View} view
   * @param {object} options
   * @param {boolean} options.shown whether the view has queries at all
   * @param {string | null} options.move label of the button that moves the query to the frame in view
   * @param {boolean} options.pooled without a patch, the pooled output is the query
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
    setText(this.hint, pooled ? `${how} It is computed for the whole network.` : how);
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
