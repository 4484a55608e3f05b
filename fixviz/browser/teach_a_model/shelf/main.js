/* The clips of one class, as small pictures, each with a button that removes it. */

import { el, icon, loadStyles } from "../../player/dom.js";
import { mountOf } from "../../player/mounting.js";

class Shelf {
  constructor(parent) {
    const own = loadStyles(new URL("styles.css", import.meta.url).href);
    this.list = el("ul", { class: "shelf" });
    this.root = el("div", {}, own.link, this.list);
    parent.append(this.root);
  }

  update({ data, setTriggerValue }) {
    const { clips } = data;
    const key = JSON.stringify(clips);
    if (key === this.key) return;
    this.key = key;
    const focused = this.root.getRootNode().activeElement?.dataset?.number;
    this.list.replaceChildren(
      ...clips.map((clip, number) => {
        const remove = el(
          "button",
          {
            type: "button",
            title: clip.remove,
            "aria-label": clip.remove,
            "data-number": number,
            onclick: () => {
              remove.disabled = true;
              setTriggerValue("remove", clip.id);
            },
          },
          icon("close"),
        );
        const picture = el("img", { src: clip.picture, alt: clip.label, title: clip.title });
        return el("li", {}, picture, remove);
      }),
    );
    // Who removes clips by keyboard stands on the next one then, not at the top of the page.
    if (focused !== undefined) {
      const buttons = this.list.querySelectorAll("button");
      buttons[Math.min(Number(focused), buttons.length - 1)]?.focus();
    }
  }

  close() {
    this.root.remove();
  }
}

export const mount = mountOf(Shelf);
