/* The run that a page carries: its artifacts as base64 texts in elements of the page, by their SHA-256. They are
   decoded when they are first asked for. */

/** @import { Source } from "../player/source.js" */

import { PartMissing } from "../player/source.js";

/** The bytes of a text in base64. */
export function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

const LOOK_AGAIN_MS = 15;

/** The element of an artifact, once the browser has read it: the page opens before it has come to its end. */
async function elementOf(sha) {
  for (;;) {
    const ended = document.readyState !== "loading";
    const element = document.getElementById(`artifact-${sha}`);
    // What follows an element has been read, so the element is whole.
    if (ended || element?.nextElementSibling) return element;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_AGAIN_MS);
    });
  }
}

/** @implements {Source} */
export class PageSource {
  /** There is no server. */
  base = null;

  /** @param {any} manifest */
  constructor(manifest) {
    this.found = manifest;
  }

  async manifest() {
    return this.found;
  }

  async artifact({ sha, type = "application/octet-stream" }) {
    const element = await elementOf(sha);
    if (!element) throw new PartMissing("This file does not hold this part of the run.");
    return new Response(bytesOf(element.textContent), { headers: { "Content-Type": type } });
  }
}
