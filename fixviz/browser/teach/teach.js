/* The teacher's page: plan a class, print worksheets and answer sheets, see a class's answers. The query parameter
   `view` says which of these is open, `lesson` of which lesson a sheet is. */

/** @import { TeachData } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { languageTag, teller } from "../course/words.js";

/** The views, each with the function that makes it. */
const VIEWS = {};

export class Teach {
  /**
   * @param {HTMLElement} root element with the theme's colors
   * @param {TeachData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.words = teller(data.words);
    this.page = el("div", { class: "page", lang: languageTag(data.language) });
    root.replaceChildren(this.page);
    this.page.append(el("h1", {}, this.words("teach")), ...Object.keys(VIEWS));
  }

  close() {
    this.root.replaceChildren();
  }
}
