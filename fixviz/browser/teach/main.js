/* Entry point of the component: the teacher's page inside the app, kept across reruns of the page. */

import { el, loadStyles } from "../player/dom.js";
import { Teach } from "./teach.js";

const mounted = new WeakMap();

class Mount {
  constructor(parent) {
    const course = loadStyles(new URL("../course/styles.css", import.meta.url).href);
    const own = loadStyles(new URL("styles.css", import.meta.url).href);
    this.body = el("div", { class: "teach" });
    this.root = el(
      "div",
      { class: "fixviz-course fixviz-teach", style: "visibility: hidden" },
      course.link,
      own.link,
      this.body,
    );
    parent.append(this.root);
    Promise.all([course.ready, own.ready]).then(() => this.root.style.removeProperty("visibility"));
  }

  update(data) {
    const key = JSON.stringify(data);
    if (key === this.key) return;
    this.key = key;
    this.teach?.close();
    this.teach = new Teach(this.body, data);
  }

  close() {
    this.teach?.close();
    this.root.remove();
  }
}

/**
 * Show or update the teacher's page under `parentElement`. Returns a function that removes it.
 *
 * @param {{ parentElement: HTMLElement, data: any }} component
 */
export function mount(component) {
  const parent = component.parentElement;
  if (!mounted.has(parent)) mounted.set(parent, new Mount(parent));
  const entry = mounted.get(parent);
  entry.update(component.data);
  return () => {
    entry.close();
    mounted.delete(parent);
  };
}
