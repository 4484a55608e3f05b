/* The glossary as a page of the site: a field that shows only the terms that speak of a text. */

import { fill } from "../course/words.js";
import { pageData } from "./page.js";

const { none } = pageData();
/** @type {HTMLLabelElement} */
const label = document.querySelector("main .search");
const field = label.querySelector("input");
const message = document.querySelector("main .none");
/** @type {NodeListOf<HTMLElement>} */
const terms = document.querySelectorAll("main section");

function search() {
  const wanted = field.value.trim().toLowerCase();
  let found = 0;
  for (const term of terms) {
    const said = `${term.dataset.key}\n${term.textContent}`.toLowerCase();
    term.hidden = !said.includes(wanted);
    found += Number(!term.hidden);
  }
  message.textContent = found ? "" : fill(none, { text: field.value.trim() });
}

field.oninput = search;
label.hidden = false;
