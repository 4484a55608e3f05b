/* A lesson: its steps one by one, none of them locked. */

/** @import { Lesson, LessonOptions } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { takeAnswers } from "./answers.js";
import { StepView } from "./step.js";
import { Terms } from "./terms.js";
import { languageTag } from "./words.js";

export class LessonView {
  /**
   * @param {Lesson} lesson
   * @param {LessonOptions} options
   */
  constructor(lesson, options) {
    const { words, openLesson, glossary } = options;
    this.lesson = lesson;
    this.options = options;
    this.stepper = el("ol", { class: "stepper" });
    this.body = el("div", { class: "lesson-body" });
    this.foot = el("div", { class: "lesson-foot" });
    this.back = el(
      "button",
      { type: "button", class: "plain", onclick: () => this.#go(this.at - 1) },
      words("back"),
    );
    this.forward = el("button", {
      type: "button",
      class: "main next",
      onclick: () => this.#forward(),
    });
    this.count = el("span", { class: "step-count" });
    this.foot.append(this.back, this.count, this.forward);
    const goal = el("div", { class: "goal" });
    goal.innerHTML = lesson.goal;
    this.element = el(
      "article",
      { class: "lesson", lang: languageTag(lesson.language) },
      el(
        "header",
        { class: "lesson-head" },
        el(
          "p",
          { class: "crumb" },
          el(
            "button",
            { type: "button", class: "link", onclick: () => openLesson(null) },
            words("all_lessons"),
          ),
          el(
            "span",
            {},
            `${words("lesson_of", { n: lesson.number, count: options.count })} · ${words("minutes", { n: lesson.minutes })}`,
          ),
        ),
        el("h1", {}, lesson.title),
        goal,
        lesson.note ? el("p", { class: "note", role: "status" }, words(lesson.note)) : null,
      ),
      el("nav", { "aria-label": words("steps") }, this.stepper),
      this.body,
      this.foot,
      takeAnswers(options.progress, { language: lesson.language, words }),
    );
    this.terms = new Terms(this.element, glossary, words);
    this.terms.wire(goal, lesson.terms);
    const first = lesson.steps.findIndex(({ step }) => step === options.step);
    this.#go(Math.max(0, first), false);
  }

  /** Open a step by its id. */
  goTo(step) {
    const at = this.lesson.steps.findIndex((one) => one.step === step);
    if (at >= 0 && at !== this.at) this.#go(at, false);
  }

  /** Go to the step before or after, where there is one. */
  move(by) {
    const at = this.at + by;
    if (at >= 0 && at < this.lesson.steps.length) this.#go(at);
  }

  /** Show the right answer of the step. */
  giveAway() {
    this.view?.question?.giveAway();
  }

  close() {
    this.view?.close();
    this.terms.close();
  }

  #forward() {
    const { next, openLesson } = this.options;
    if (this.at + 1 < this.lesson.steps.length) this.#go(this.at + 1);
    else openLesson(next?.lesson ?? null);
  }

  #go(at, focus = true) {
    const { lesson, options } = this;
    const step = lesson.steps[at];
    this.at = at;
    this.view?.close();
    this.view = new StepView(step, {
      ...options,
      lesson,
      terms: this.terms,
    });
    this.body.replaceChildren(this.view.element);
    options.progress.visit(options.place, step.step);
    options.onStep(step.step);
    this.#drawStepper();
    this.back.disabled = at === 0;
    const last = at + 1 === lesson.steps.length;
    this.forward.textContent = last
      ? options.next
        ? options.words("next_lesson", { title: options.next.title })
        : options.words("finish")
      : options.words("next");
    this.count.textContent = options.words("step_of", { n: at + 1, count: lesson.steps.length });
    if (!focus) return;
    this.view.heading.focus({ preventScroll: true });
    const top = this.element.getBoundingClientRect().top;
    if (top < 0) this.stepper.scrollIntoView({ block: "start" });
  }

  #drawStepper() {
    const { lesson, options } = this;
    const seen = options.progress.seen(options.place);
    this.stepper.replaceChildren(
      ...lesson.steps.map(({ step, title, ask }, i) => {
        const answered = options.progress.answer(options.place, step) || !ask?.by;
        const visited = seen.includes(step) ? (answered ? "done" : "seen") : "";
        const state = i === this.at ? "current" : visited;
        return el(
          "li",
          { class: state },
          el(
            "button",
            {
              type: "button",
              "aria-current": i === this.at ? "step" : null,
              "aria-label": `${i + 1}: ${title}`,
              title,
              onclick: () => this.#go(i),
            },
            el("span", { class: "step-number" }, String(i + 1)),
            el("span", { class: "step-title", "aria-hidden": "true" }, title),
          ),
        );
      }),
    );
  }
}
