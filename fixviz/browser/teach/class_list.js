/* The plan of a class: its parts in order with minutes and links, to print and to share. */

/** @import { Entry, TeachContext } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { PLAN, VIEW, minutesOf, packPlan, totalOf } from "./links.js";
import { copyButton, qrPicture, showLarge } from "./share.js";

export class ClassList {
  /**
   * @param {TeachContext} context
   * @param {object} options
   * @param {(entry: Entry) => string} options.linkOf the link of a part
   * @param {(plan: Entry[]) => void} options.onChange
   * @param {() => Entry[]} options.ready a plan to start from
   */
  constructor(context, { linkOf, onChange, ready }) {
    this.context = context;
    this.link = linkOf;
    this.onChange = onChange;
    this.ready = ready;
    /** @type {Entry[]} */
    this.plan = [];
    this.element = el("div", { class: "my-class" });
  }

  show(plan) {
    this.plan = plan;
    this.draw();
  }

  /** @param {Entry} entry */
  add(entry) {
    this.#change([...this.plan, entry]);
  }

  #change(plan, focus = null) {
    this.plan = plan;
    this.onChange(plan);
    this.draw();
    if (focus) this.element.querySelector(focus)?.focus();
  }

  draw() {
    const { words } = this.context;
    const { plan } = this;
    const total = totalOf(plan);
    this.total = el("p", { class: "total" }, words("teach_total", { n: total }));
    this.element.replaceChildren(
      el("div", { class: "mine-head" }, el("h2", {}, words("teach_mine")), this.total),
      plan.length
        ? el("ol", { class: "parts" }, ...plan.map((entry, i) => this.#part(entry, i)))
        : el("p", { class: "hint" }, words("teach_empty")),
      this.#tools(),
    );
  }

  #tools() {
    const { words, announce, data } = this.context;
    const button = (key, onclick, kind = "plain") =>
      el("button", { type: "button", class: kind, onclick }, words(key));
    const talk = () =>
      this.add({ title: words("teach_ready_talk"), minutes: 5, page: null, parameters: {} });
    if (!this.plan.length)
      return el(
        "div",
        { class: "buttons on-screen" },
        button("teach_ready", () => this.#change(this.ready()), "main"),
      );
    const shared = () =>
      this.link({
        title: "",
        minutes: 0,
        page: "teach",
        parameters: { [VIEW]: "plan", [PLAN]: packPlan(this.plan), lang: data.language },
      });
    return el(
      "div",
      { class: "buttons on-screen" },
      button("teach_print", () => window.print(), "main"),
      copyButton(shared, { words, announce, text: words("teach_share_plan") }),
      button("teach_add_talk", talk),
      button("teach_clear", () => this.#change([])),
    );
  }

  #part(entry, i) {
    const { words, root } = this.context;
    const { plan } = this;
    const { title, page } = entry;
    const keep = (changes) => {
      // Not drawn anew: somebody is writing in one of its fields.
      plan[i] = { ...plan[i], ...changes };
      this.onChange(plan);
      this.total.textContent = words("teach_total", { n: totalOf(plan) });
    };
    const move = (by) => {
      const moved = [...plan];
      const [taken] = moved.splice(i, 1);
      moved.splice(i + by, 0, taken);
      const at = i + by;
      const end = by < 0 ? at === 0 : at === plan.length - 1;
      const name = by < 0 !== end ? "up" : "down";
      this.#change(moved, `li:nth-child(${at + 1}) .${name}`);
    };
    const tool = (name, key, text, disabled, onclick) =>
      el(
        "button",
        {
          type: "button",
          class: `plain small ${name}`,
          "aria-label": `${words(key)}: ${title}`,
          title: words(key),
          disabled,
          onclick,
        },
        text,
      );
    const link = page && this.link(entry);
    const name = el("input", {
      class: "part-title",
      "aria-label": words("teach_part_title", { n: i + 1 }),
      oninput: () => {
        keep({ title: name.value });
        printed.textContent = name.value;
      },
    });
    name.value = title;
    const printed = el("span", { class: "in-print part-name" }, title);
    const minutes = el("input", {
      type: "number",
      min: 0,
      max: 600,
      "aria-label": `${words("teach_minutes")}: ${title}`,
      oninput: () => {
        keep({ minutes: minutesOf(minutes.value) });
        printedMinutes.textContent = words("minutes", { n: minutesOf(minutes.value) });
      },
    });
    minutes.value = String(entry.minutes);
    const printedMinutes = el(
      "span",
      { class: "in-print part-minutes" },
      words("minutes", { n: entry.minutes }),
    );
    return el(
      "li",
      { class: "part" },
      link
        ? el(
            "button",
            {
              type: "button",
              class: "part-qr",
              "aria-label": `${words("teach_large")}: ${title}`,
              onclick: () => showLarge(root, { title: plan[i].title, link }, words),
            },
            qrPicture(link, words("teach_qr_of", { title })) ?? "",
          )
        : el("span", { class: "part-qr none" }),
      el(
        "div",
        { class: "part-text" },
        name,
        printed,
        el(
          "p",
          { class: "part-on" },
          printedMinutes,
          page ? words(entry.parameters.present ? "teach_projector" : "teach_phone") : "",
        ),
        link ? el("a", { class: "part-link", href: link, target: "_blank" }, link) : null,
      ),
      el(
        "div",
        { class: "part-tools on-screen" },
        el("label", { class: "part-minutes-field" }, minutes, words("teach_min")),
        tool("up", "teach_up", "↑", i === 0, () => move(-1)),
        tool("down", "teach_down", "↓", i === plan.length - 1, () => move(1)),
        tool("remove", "teach_remove", "✕", false, () =>
          this.#change(
            plan.filter((_, j) => j !== i),
            `li:nth-child(${Math.min(i + 1, plan.length - 1)}) .remove`,
          ),
        ),
      ),
    );
  }
}
