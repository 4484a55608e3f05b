/* How answers spread over options, as bars with the right one marked. */

import { el } from "../player/dom.js";
import { percent } from "../player/format.js";

/** An element whose content is HTML of the course, without buttons for its terms. */
export function html(tag, className, content) {
  const node = el(tag, { class: className });
  node.innerHTML = content;
  for (const term of node.querySelectorAll("button.term")) term.replaceWith(term.textContent);
  return node;
}

/**
 * @param {{ text: string, right: boolean, count: number }[]} options `text` is HTML
 * @param {number} all how many answered
 * @param {(key: string, values?: object) => string} words
 */
export function spread(options, all, words) {
  return el(
    "ul",
    { class: "spread" },
    ...options.map(({ text, right, count }) =>
      el(
        "li",
        { class: right ? "is-right" : null },
        el(
          "span",
          { class: "spread-text" },
          right
            ? el(
                "span",
                { class: "tick-mark" },
                "✓",
                el("span", { class: "unseen" }, words("quiz_is_right")),
              )
            : null,
          html("span", null, text),
        ),
        el(
          "span",
          { class: "spread-bar", "aria-hidden": "true" },
          el("span", { style: `width: ${all ? (100 * count) / all : 0}%` }),
        ),
        el("span", { class: "spread-count" }, all ? `${count} · ${percent(count / all)}` : "0"),
      ),
    ),
  );
}
