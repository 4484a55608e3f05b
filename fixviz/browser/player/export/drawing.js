/* Two buttons that save a drawing that the server has made: as SVG, or as PNG, which the browser draws. */

import { download } from "./download.js";
import { el, setText } from "../dom.js";

const PNG_SCALE = 3;
const LONGEST_SIDE = 16000;

/** Draw an SVG file with three pixels for each of its own, fewer where a browser has no canvas that large. */
async function toPng(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = Object.assign(new Image(), { src: url });
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = Math.min(PNG_SCALE, LONGEST_SIDE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(scale * width);
    canvas.height = Math.round(scale * height);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise((resolve) => {
      canvas.toBlob(resolve, "image/png");
    });
    if (png) return png;
  } finally {
    URL.revokeObjectURL(url);
  }
  throw new Error("The picture is too large for this browser. Save the drawing instead.");
}

/** Show the buttons under `parentElement` for a drawing: `{ svg, name }`. */
export function mount({ data, parentElement }) {
  const place = parentElement.querySelector(".save-drawing");
  const message = el("div", { role: "status", class: "message" });
  const file = new Blob([data.svg], { type: "image/svg+xml" });
  const save = async (ending) => {
    try {
      setText(message, "");
      download(ending === "svg" ? file : await toPng(file), `${data.name}.${ending}`);
    } catch (error) {
      setText(message, `Not saved. ${error.message}`);
    }
  };
  const button = (ending, label) =>
    el("button", { type: "button", onclick: () => save(ending) }, label);
  place.replaceChildren(button("png", "Picture as PNG"), button("svg", "Drawing as SVG"), message);
}
