/* What printing needs outside of the component: rules for pages work in the document only, not in a shadow tree. */

import { el } from "../player/dom.js";

const RULES = `
@page { margin: 12mm 14mm; }
@media print {
  html, body { background: #fff !important; color-scheme: light; }
}
`;

/** Add the rules to the document. Returns a function that takes them out again. */
export function printStyles() {
  const style = el("style", {}, RULES);
  document.head.append(style);
  document.documentElement.dataset.printable = "true";
  return () => {
    style.remove();
    delete document.documentElement.dataset.printable;
  };
}
