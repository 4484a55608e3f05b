/* Hands a file to the browser to save. */

import { el } from "../dom.js";

/**
 * Save a file under a name.
 *
 * @param {Blob} file
 * @param {string} name
 */
export function download(file, name) {
  const url = URL.createObjectURL(file);
  el("a", { href: url, download: name }).click();
  // The browser may read the file much later.
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
