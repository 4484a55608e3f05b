/* A link to hand out: its QR code, a button that copies it, and the code as large as the screen for the projector. */

import { el } from "../player/dom.js";
import { TooLong, qrCode, qrPath } from "./qr.js";

const TOLD_MS = 2500;

/**
 * The QR code of a link as a picture: black on white in every theme. Null where the link is too long for one.
 *
 * @param {string} link
 * @param {string} label
 */
export function qrPicture(link, label) {
  let drawn;
  try {
    drawn = qrPath(qrCode(link));
  } catch (error) {
    if (error instanceof TooLong) return null;
    throw error;
  }
  const { size, path } = drawn;
  return el(
    "svg:svg",
    {
      class: "qr",
      viewBox: `0 0 ${size} ${size}`,
      role: "img",
      "aria-label": label,
      "shape-rendering": "crispEdges",
    },
    el("svg:rect", { width: size, height: size, fill: "#fff" }),
    el("svg:path", { d: path, fill: "#000" }),
  );
}

/** Put a text on the clipboard. Browsers offer the clipboard's interface on https and localhost only. */
async function copy(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "unseen", readonly: true });
    field.value = text;
    root.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

/**
 * A button that copies a link and says so.
 *
 * @param {() => string} link
 * @param {object} options
 * @param {(key: string, values?: object) => string} options.words
 * @param {(text: string) => void} options.announce
 * @param {string} [options.text]
 */
export function copyButton(link, { words, announce, text = words("teach_copy") }) {
  const button = el(
    "button",
    {
      type: "button",
      class: "plain",
      onclick: () =>
        copy(link(), button.parentElement).then((done) => {
          const told = words(done ? "teach_copied" : "teach_copy_failed");
          button.textContent = told;
          announce(told);
          button.focus();
          setTimeout(() => (button.textContent = text), TOLD_MS);
        }),
    },
    text,
  );
  return button;
}

/**
 * Show a link's QR code on the whole screen, for the projector.
 *
 * @param {HTMLElement} root under which the dialog is put
 * @param {{ title: string, link: string }} shown
 * @param {(key: string, values?: object) => string} words
 */
export function showLarge(root, { title, link }, words) {
  const dialog = el(
    "dialog",
    { class: "large-qr", "aria-label": title },
    el("h2", {}, title),
    qrPicture(link, words("teach_qr_of", { title })) ?? el("p", {}, words("teach_too_long")),
    el("p", { class: "large-link" }, link),
    el(
      "div",
      { class: "large-buttons" },
      document.fullscreenEnabled
        ? el(
            "button",
            { type: "button", class: "plain", onclick: () => dialog.requestFullscreen() },
            words("teach_whole_screen"),
          )
        : null,
      el(
        "button",
        { type: "button", class: "main", onclick: () => dialog.close(), autofocus: true },
        words("teach_close"),
      ),
    ),
  );
  dialog.onclose = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    dialog.remove();
  };
  root.append(dialog);
  dialog.showModal();
}
