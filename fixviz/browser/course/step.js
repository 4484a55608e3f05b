/* One step of a lesson: its text, its figure, and its question. */

/** @import { CourseFigure, Step, StepOptions } from "./types.d.ts" */

import { el, setText } from "../player/dom.js";
import { contextOf } from "./context.js";
import { makeFigure } from "./figures.js";
import { Formulas } from "./formulas.js";
import { Question } from "./question.js";

const TELL_MS = 400;

export class StepView {
  /**
   * @param {Step} step
   * @param {StepOptions} options
   */
  constructor(step, options) {
    const { lesson, progress, place, terms, words, announce, player } = options;
    this.step = step;
    this.options = options;
    /** @type {CourseFigure | null} */
    this.figure = null;
    this.heading = el("h2", { tabindex: "-1" }, step.title);
    this.text = el("div", { class: "step-text" });
    this.text.innerHTML = step.html;
    terms.wire(this.text, lesson.terms);
    this.formulas = new Formulas(this.text, words);
    this.question =
      step.ask &&
      new Question(step.ask, {
        words,
        answered: progress.answer(place, step.step),
        keep: (answer, outcome) => progress.keep(place, step.step, answer, outcome),
        announce,
      });
    if (this.question) terms.wire(this.question.element, lesson.terms);
    this.stage = step.figure
      ? el(
          "section",
          { class: `figure figure-${step.figure.name}`, "aria-label": step.figure.alt },
          el("div", { class: "figure-waiting", role: "status" }, words("loading")),
        )
      : null;
    this.element = el(
      "section",
      { class: step.figure ? "step" : "step plain-step", "data-step": step.step },
      el("div", { class: "step-words" }, this.heading, this.text),
      this.stage,
      el(
        "div",
        { class: "step-ask" },
        this.question?.element ?? null,
        step.player
          ? el(
              "p",
              { class: "see" },
              el("a", { href: player(step.player), target: "_blank" }, words("see_player")),
            )
          : null,
      ),
    );
    if (step.figure) this.#makeFigure();
    else this.element.dataset.ready = "true";
  }

  close() {
    this.closed = true;
    clearTimeout(this.telling);
    this.figure?.close?.();
  }

  async #makeFigure() {
    const { step, options } = this;
    try {
      const source = await options.source;
      const figure = await makeFigure(
        step.figure,
        contextOf(step.figure, {
          root: options.root,
          source,
          numbers: options.lesson.numbers,
          pack: options.pack,
          answered: this.question?.told ?? false,
          light: (symbol) => this.formulas.light(symbol),
          changed: () => this.#changed(),
        }),
      );
      if (this.closed) {
        figure.close?.();
        return;
      }
      this.figure = figure;
      this.inWords = el("p");
      this.stage.replaceChildren(
        ...this.#questionAbove(),
        figure.element,
        el(
          "details",
          { class: "in-words", ontoggle: () => this.#tell() },
          el("summary", {}, options.words("in_words")),
          this.inWords,
        ),
      );
      this.question?.connect(figure);
      this.formulas.connect(figure);
      this.#tell();
      this.element.dataset.ready = "true";
    } catch (error) {
      if (this.closed) return;
      console.error(error);
      this.stage.replaceChildren(
        el(
          "div",
          { class: "failed", role: "alert" },
          el("p", {}, options.words("figure_failed")),
          el("p", { class: "hint" }, error.message),
          el(
            "button",
            { type: "button", class: "plain", onclick: () => this.#makeFigure() },
            options.words("retry"),
          ),
        ),
      );
    }
  }

  /** On a small screen the question of an answer in the figure stands above the figure, too. */
  #questionAbove() {
    const { ask } = this.step;
    if (ask?.by !== "figure") return [];
    const question = el("div", { class: "question stage-question", "aria-hidden": "true" });
    question.innerHTML = ask.question;
    for (const term of question.querySelectorAll("button")) term.replaceWith(term.textContent);
    return [question];
  }

  #changed() {
    this.question?.figureChanged();
    this.formulas.refresh();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.#tell(), TELL_MS);
  }

  #tell() {
    if (this.figure && this.inWords) setText(this.inWords, this.figure.text());
  }
}
