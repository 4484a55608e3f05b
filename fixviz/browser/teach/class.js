import { el } from "../player/dom.js";
export async function classView() {
  return { element: el("div") };
}
