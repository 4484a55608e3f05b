/* The course on a projector: larger type, nothing around it, arrow keys from step to step, and right answers only when
   somebody asks for them. What was answered on this computer before is not shown, and nothing is kept. */

/** @import { Course } from "./course.js" */

import { el } from "../player/dom.js";
import { LessonView } from "./lesson.js";

const PARAMETER = "present";
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };
/** Here arrow keys and letters mean something else. */
const FIELDS = "input, textarea, select, [role='slider'], .figure [tabindex]";

/** Whether a query string asks for presenter mode. */
export const asksToPresent = (search) => new URLSearchParams(search).get(PARAMETER) === "1";

export class CoursePresenter {
  /**
   * @param {Course} course
   * @param {() => void} onLeave
   */
  constructor(course, onLeave) {
    this.course = course;
    this.onLeave = onLeave;
    this.onKey = (event) => this.#key(event);
    const words = (key) => course.data.words[key];
    const button = (key, name, action) =>
      el(
        "button",
        { type: "button", class: "plain", "aria-keyshortcuts": key, onclick: action },
        el("kbd", { "aria-hidden": "true" }, key),
        words(name),
      );
    this.answer = button("A", "show_answer", () => this.#tell());
    this.bar = el(
      "div",
      { class: "present-bar", role: "group", "aria-label": words("present_mode") },
      el("span", {}, el("kbd", {}, "←"), el("kbd", {}, "→"), words("present_step")),
      this.answer,
      button("F", "present_screen", () => this.#screen()),
      button("Esc", "present_leave", () => this.leave()),
    );
    this.shell = course.root.closest(".fixviz-course") ?? course.root;
    this.shell.classList.add("presenting");
    course.root.append(this.bar);
    // The page around the course hides what belongs to it.
    document.documentElement.dataset.present = "course";
    document.addEventListener("keydown", this.onKey);
  }

  /** Follow the page that is open: only lessons have answers to show. */
  sync() {
    this.answer.hidden = !(this.course.view instanceof LessonView);
  }

  leave() {
    if (document.fullscreenElement) document.exitFullscreen();
    const url = new URL(location.href);
    url.searchParams.delete(PARAMETER);
    History.prototype.replaceState.call(history, history.state, "", url);
    this.close();
    this.onLeave();
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    delete document.documentElement.dataset.present;
    this.shell.classList.remove("presenting");
    this.bar.remove();
  }

  #tell() {
    const { view } = this.course;
    if (!(view instanceof LessonView)) return;
    view.giveAway();
    view.element.querySelector(".feedback:not([hidden])")?.scrollIntoView({ block: "nearest" });
  }

  #screen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (target instanceof Element && target.closest(FIELDS)) return;
    const { view } = this.course;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in STEPS && view instanceof LessonView) view.move(STEPS[key]);
    else if (key === "a") this.#tell();
    else if (key === "f") this.#screen();
    else if (key === "Escape" && !this.shell.querySelector(":popover-open")) this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
