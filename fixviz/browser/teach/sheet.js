import { el } from "../player/dom.js";
export async function sheetView() {
  return { element: el("div") };
}
