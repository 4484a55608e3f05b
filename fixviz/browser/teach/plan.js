/* Planning a class: choose what to show, get its link and QR code, and put links in an order with minutes. */

/** @import { Entry, TeachContext } from "./types.d.ts" */

import { el, setText } from "../player/dom.js";
import { Chooser } from "./chooser.js";
import { ClassList } from "./class_list.js";
import { line } from "./fields.js";
import {
  PLAN,
  isLocal,
  linkOf,
  minutesOf,
  readAddress,
  readyPlan,
  rootOf,
  unpackPlan,
} from "./links.js";
import { copyButton, qrPicture, showLarge } from "./share.js";
import { Notebook } from "./storage.js";

/**
 * @param {TeachContext} context
 * @param {{ parameters: URLSearchParams }} place
 */
export async function planView(context, { parameters }) {
  const { data, json } = context;
  const [course, manifest] = await Promise.all([
    json(`${data.language}/course.json`),
    json("run/manifest.json"),
  ]);
  const shared = parameters.get(PLAN);
  return new PlanView(
    context,
    course,
    manifest,
    shared === null ? null : unpackPlan(shared),
    shared,
  );
}

/** What an address in a school's network looks like. */
function exampleOf(here) {
  const url = new URL(here);
  if (url.protocol === "file:") return "https://school.example/fixviz/";
  url.hostname = "192.168.1.20";
  return url.href;
}

class PlanView {
  constructor(context, course, manifest, shared, sharedText) {
    this.context = context;
    this.course = course;
    this.notebook = new Notebook();
    const { words } = context;
    this.result = el("div", { class: "result" });
    this.list = new ClassList(context, {
      linkOf: (entry) => this.#link(entry),
      onChange: (plan) => this.#keep(plan),
      ready: () => this.#ready(),
    });
    this.chooser = new Chooser(context, course, manifest, (entry) => this.#showLink(entry));
    this.notice = el("div", { class: "shared-plan" });
    this.shared = shared;
    if (sharedText !== null) this.#showShared(shared);
    this.list.show(shared ?? this.notebook.plan);
    this.element = el(
      "div",
      { class: "plan" },
      el("h1", { class: "on-screen" }, words("teach_plan")),
      el("p", { class: "on-screen" }, words("teach_intro")),
      this.#address(),
      el(
        "div",
        { class: "plan-parts" },
        el(
          "section",
          { class: "make on-screen", "aria-label": words("teach_make") },
          el("h2", {}, words("teach_make")),
          this.chooser.element,
          this.result,
        ),
        el(
          "section",
          { class: "mine", "aria-label": words("teach_mine") },
          this.notice,
          this.list.element,
        ),
      ),
    );
  }

  #link(entry) {
    return linkOf(this.context.data.urls, entry, location.href, this.notebook.address);
  }

  /** Where students reach this home, and a word where they cannot. */
  #address() {
    const { words, data } = this.context;
    const here = rootOf(data.urls, location.href);
    const told = el("p", { class: "address-told", role: "status" });
    const tell = () => {
      const { address } = this.notebook;
      const read = readAddress(address);
      const local = isLocal(read ?? here);
      told.classList.toggle("warn", local || Boolean(address.trim() && !read));
      setText(
        told,
        address.trim() && !read
          ? words("teach_address_wrong")
          : local
            ? words("teach_address_local", { address: read ?? here, example: exampleOf(here) })
            : words("teach_address_good", { address: read ?? here }),
      );
    };
    tell();
    const field = line(
      words("teach_address"),
      this.notebook.address,
      (value) => {
        this.notebook.address = value;
        tell();
        if (this.entry) this.#showLink(this.entry);
        this.list.draw();
      },
      { inputmode: "url", placeholder: here, spellcheck: "false" },
    );
    return el("div", { class: "address on-screen" }, field, told);
  }

  /** @param {Entry} entry */
  #showLink(entry) {
    const { words, announce, root } = this.context;
    this.entry = entry;
    const link = this.#link(entry);
    const minutes = line(words("teach_minutes"), entry.minutes, () => {}, {
      type: "number",
      min: 0,
      max: 600,
    });
    const shownLink = el("input", {
      class: "link-text",
      readonly: true,
      "aria-label": words("teach_link"),
      onfocus: () => shownLink.select(),
    });
    shownLink.value = link;
    const add = () => {
      const taken = { ...entry, minutes: minutesOf(minutes.querySelector("input").value) };
      this.list.add(taken);
      announce(words("teach_added", { title: entry.title }));
    };
    this.result.replaceChildren(
      qrPicture(link, words("teach_qr_of", { title: entry.title })) ??
        el("p", {}, words("teach_too_long")),
      el(
        "div",
        { class: "result-text" },
        el("h3", {}, entry.title),
        shownLink,
        el(
          "div",
          { class: "buttons" },
          copyButton(() => link, { words, announce }),
          el("a", { class: "button", href: link, target: "_blank" }, words("teach_try")),
          el(
            "button",
            {
              type: "button",
              class: "plain",
              onclick: () => showLarge(root, { title: entry.title, link }, words),
            },
            words("teach_large"),
          ),
        ),
        el(
          "div",
          { class: "buttons end" },
          minutes,
          el("button", { type: "button", class: "main", onclick: add }, words("teach_add")),
        ),
      ),
    );
    this.result.dataset.link = link;
  }

  #keep(plan) {
    this.notebook.plan = plan;
    this.#leaveShared();
  }

  #ready() {
    const { data, words } = this.context;
    const lessons = Object.fromEntries(
      this.course.lessons.map(({ lesson, title }) => [lesson, title]),
    );
    return readyPlan({ language: data.language, sample: data.sample, lessons, words });
  }

  /** A plan that somebody shared is looked at first; a change, or the button, makes it one's own. */
  #showShared(shared) {
    const { words } = this.context;
    if (!shared) {
      this.notice.replaceChildren(el("p", { role: "alert" }, words("teach_shared_broken")));
      return;
    }
    const own = this.notebook.plan.length;
    this.notice.replaceChildren(
      el("p", { role: "status" }, words(own ? "teach_shared_over" : "teach_shared")),
      el(
        "div",
        { class: "buttons" },
        el(
          "button",
          { type: "button", class: "main", onclick: () => this.#keep(shared) },
          words("teach_shared_keep"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "plain",
            onclick: () => {
              this.#leaveShared();
              this.list.show(this.notebook.plan);
            },
          },
          words("teach_shared_leave"),
        ),
      ),
    );
  }

  /** Take the shared plan out of the address bar: a reload shows one's own. */
  #leaveShared() {
    this.notice.replaceChildren();
    const url = new URL(location.href);
    if (!url.searchParams.has(PLAN)) return;
    url.searchParams.delete(PLAN);
    History.prototype.replaceState.call(history, history.state, "", url);
  }
}
