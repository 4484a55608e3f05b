/* The start page. The server's page holds its content before Streamlit has started (fixviz/ui/start/first.py):
   the picture begins to play there, and moves into the app once Streamlit shows the page. */

import { Living } from "./living.js";

/** @type {WeakMap<Element, Living>} */
const living = new WeakMap();

/** Bring the content to life, once. */
function enliven(content) {
  const section = content.querySelector(".living");
  if (section && !living.has(content)) living.set(content, new Living(section));
}

/**
 * The content that the server's page came with, if it is in this language.
 *
 * @returns {HTMLElement | null}
 */
function first(language) {
  const place = document.getElementById("fixviz-first");
  /** @type {HTMLElement | null} */
  const content = place?.querySelector(".start");
  return content?.getAttribute("lang") === language ? content : null;
}

/**
 * Make the content from the app's HTML.
 *
 * @returns {HTMLElement}
 */
function made(html) {
  const place = document.createElement("div");
  place.innerHTML = html;
  return place.querySelector(".start");
}

/**
 * Show the page under `parentElement`. Returns a function that removes it.
 *
 * @param {object} component
 * @param {HTMLElement | ShadowRoot} component.parentElement
 * @param {{ language: string, html: string }} component.data
 * @param {(name: string, value: any) => void} component.setTriggerValue
 */
export function mount({ parentElement, data, setTriggerValue }) {
  /** @type {HTMLElement | null} */
  let content = parentElement.querySelector(".start");
  if (content?.getAttribute("lang") !== data.language) {
    living.get(content)?.close();
    content?.remove();
    content = first(data.language) ?? made(data.html);
    parentElement.append(content);
    enliven(content);
  }
  document.getElementById("fixviz-first")?.remove();
  // A link leads through the app, which is faster than loading it anew, unless another tab is wanted.
  content.onclick = (event) => {
    const at = event.target instanceof Element ? event.target : null;
    /** @type {HTMLElement | null} */
    const way = at?.closest("a.way");
    if (!way || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue("way", way.dataset.way);
  };
  return () => {
    living.get(content)?.close();
    content.remove();
  };
}

const early = document.querySelector("#fixviz-first .start");
if (early) enliven(early);
