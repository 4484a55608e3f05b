/* Builds and updates elements. */

/**
 * Make an element with attributes, properties (`on...` handlers, `value`, `checked`) and children.
 *
 * @param {string} tag "svg:" before the name makes an SVG element
 * @param {Record<string, any>} attributes null, undefined and false are left out
 * @param {...(Node | string | null)} children null is left out
 * @returns {any} an HTMLElement or SVGElement
 */
export function el(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") || name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Set the text of a node where it differs, so that screen readers do not repeat it. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Icons as paths in a 20 x 20 box, so that no font is needed inside the component. */
const ICONS = {
  play: "M6 4.2v11.6c0 .6.7 1 1.2.7l9-5.8a.8.8 0 0 0 0-1.4l-9-5.8A.8.8 0 0 0 6 4.2z",
  pause: "M5.5 4h3v12h-3zM11.5 4h3v12h-3z",
  previous: "M12.6 4.6 7.2 10l5.4 5.4 1.2-1.2L9.6 10l4.2-4.2z",
  close:
    "M5.3 4.2 10 8.9l4.7-4.7 1.1 1.1L11.1 10l4.7 4.7-1.1 1.1L10 11.1l-4.7 4.7-1.1-1.1L8.9 10 4.2 5.3z",
  correct: "M8 15.2 2.9 10.1l1.6-1.6L8 12l7.5-7.5 1.6 1.6z",
  wrong:
    "M5.3 3.9 10 8.6l4.7-4.7 1.4 1.4L11.4 10l4.7 4.7-1.4 1.4L10 11.4l-4.7 4.7-1.4-1.4L8.6 10 3.9 5.3z",
  next: "M7.4 4.6 12.8 10l-5.4 5.4-1.2-1.2L10.4 10 6.2 5.8z",
};

export function icon(name) {
  return el(
    "svg:svg",
    {
      viewBox: "0 0 20 20",
      width: "20",
      height: "20",
      "aria-hidden": "true",
      fill: "currentColor",
    },
    el("svg:path", { d: ICONS[name] }),
  );
}

/** A link that loads styles, for a component's shadow tree; `ready` resolves once they apply, or failed. */
export function loadStyles(href) {
  const link = el("link", { rel: "stylesheet", href });
  const ready = new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
  });
  return { link, ready };
}
