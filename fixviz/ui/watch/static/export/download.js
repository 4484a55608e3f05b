/* Handing a file to the browser to save. */

import { el } from "../dom.js";

export function download(file, name) {
  const address = URL.createObjectURL(file);
  el("a", { href: address, download: name }).click();
  // The browser reads the file in its own time.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
