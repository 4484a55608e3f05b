/* Entry point of the component: the course inside the app, kept across reruns of the page. */

import { el, loadStyles } from "../player/dom.js";
import { mountOf } from "../player/mounting.js";
import { Course } from "./course.js";

class Mount {
  constructor(parent) {
    const { link, ready } = loadStyles(new URL("styles.css", import.meta.url).href);
    this.body = el("div", { class: "course" });
    this.root = el("div", { class: "fixviz-course", style: "visibility: hidden" }, link, this.body);
    parent.append(this.root);
    ready.then(() => this.root.style.removeProperty("visibility"));
  }

  update({ data }) {
    this.#takeColors();
    const key = JSON.stringify(data);
    if (key === this.key) {
      if (this.theme !== this.drawnTheme) this.course?.redraw();
      this.drawnTheme = this.theme;
      return;
    }
    this.key = key;
    this.drawnTheme = this.theme;
    this.course?.close();
    this.course = new Course(this.body, data);
  }

  close() {
    this.course?.close();
    this.root.remove();
  }

  /** Give each model a color, from the categorical colors of the app's theme. */
  #takeColors() {
    const style = getComputedStyle(this.root);
    const colors = style.getPropertyValue("--st-chart-categorical-colors").split(",");
    ["softmax", "linear", "fixation"].forEach((model, i) =>
      this.root.style.setProperty(`--${model}`, colors[i]?.trim() ?? ""),
    );
    this.theme = style.getPropertyValue("--st-background-color");
  }
}

export const mount = mountOf(Mount);
