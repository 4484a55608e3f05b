/* HTML of the course's texts outside of a lesson, where no term opens its definition. */

import { el } from "../player/dom.js";

/** Take the buttons of terms out of a text. */
export function withoutTerms(node) {
  for (const term of node.querySelectorAll("button.term")) term.replaceWith(term.textContent);
  return node;
}

/** An element whose content is HTML of the course, without buttons for its terms. */
export function html(tag, className, content) {
  const node = el(tag, { class: className });
  node.innerHTML = content;
  return withoutTerms(node);
}
