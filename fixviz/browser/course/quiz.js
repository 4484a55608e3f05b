/* The quiz before and after the lessons: one page for each form, and at the end every pair of questions with the
   right answers and the gain. Until the second form is finished, nothing says what is right. */

/** @import { Item } from "./quiz_score.js" */

import { el, setText } from "../player/dom.js";
import { takeAnswers } from "./answers.js";
import { quizResults } from "./quiz_results.js";
import { languageTag } from "./words.js";

const UNSURE = "unsure";
let count = 0;

/**
 * What a reader answered: by form, and by pair the id of an option; and which forms are finished.
 *
 * @typedef {{ before: Record<string, string>, after: Record<string, string>, finished?: string[] }} Saved
 */

/**
 * Show a form of the quiz, or, once both are done with, its results.
 *
 * @param {object} options
 * @param {{ title: string, goal: string, language: string, steps: Item[] }} options.quiz
 * @param {"before" | "after"} options.form
 * @param {{ lesson: string, number: number, title: string }[]} options.lessons
 * @param {(key: string, values?: object) => string} options.words
 * @param {Saved} options.saved
 * @param {(saved: Saved) => void} options.save
 * @param {(lesson: string | null, step?: string) => void} options.openLesson
 * @param {(text: string) => void} options.announce
 * @param {import("./progress.js").Progress} options.progress
 */
export function showQuiz(options) {
  const { quiz, words, openLesson, progress } = options;
  const page = new QuizPage(options);
  const element = el(
    "article",
    { class: "quiz", lang: languageTag(quiz.language) },
    el(
      "p",
      { class: "crumb" },
      el(
        "button",
        { type: "button", class: "link", onclick: () => openLesson(null) },
        words("all_lessons"),
      ),
    ),
    page.element,
    takeAnswers(progress, { language: quiz.language, words }),
  );
  return element;
}

class QuizPage {
  constructor({ quiz, form, lessons, words, saved, save, openLesson, announce }) {
    this.quiz = quiz;
    this.form = form;
    this.lessons = lessons;
    this.words = words;
    this.save = save;
    this.openLesson = openLesson;
    this.announce = announce;
    this.saved = { before: {}, after: {}, finished: [], ...structuredClone(saved) };
    this.element = el("div", { class: "quiz-page" });
    this.#draw();
  }

  #finished(form) {
    return this.saved.finished.includes(form);
  }

  #draw() {
    if (this.#finished("after")) this.#show(this.#results());
    else if (this.#finished(this.form)) this.#show(this.#kept());
    else this.#show(this.#questions());
  }

  #show(parts) {
    this.element.replaceChildren(...parts);
  }

  /** Go to another form or to the results, and tell readers who cannot see it. */
  #turn() {
    this.#draw();
    const heading = this.element.querySelector("h1");
    heading.focus();
    heading.scrollIntoView({ block: "nearest" });
    this.announce(heading.textContent);
  }

  #heading(text) {
    return el("h1", { tabindex: "-1" }, text);
  }

  #questions() {
    const { quiz, form, words } = this;
    const items = quiz.steps.filter((item) => item.form === form);
    const answers = this.saved[form];
    const open = el("p", { class: "hint", role: "status" });
    const tell = () => {
      const left = items.filter(({ pair }) => !(pair in answers)).length;
      setText(open, left ? words("quiz_left", { n: left }) : words("quiz_none_left"));
    };
    const keep = (pair, answer) => {
      answers[pair] = answer;
      this.save(this.saved);
      tell();
    };
    tell();
    const goal = el("div", { class: "goal" });
    goal.innerHTML = quiz.goal;
    return [
      this.#heading(words(`quiz_${form}`)),
      goal,
      el(
        "ol",
        { class: "quiz-items" },
        ...items.map((item, i) =>
          el(
            "li",
            {},
            question(item, {
              heading: words("quiz_question", { n: i + 1, count: items.length }),
              unsure: words("quiz_not_sure"),
              chosen: answers[item.pair],
              onChange: (answer) => keep(item.pair, answer),
            }),
          ),
        ),
      ),
      el(
        "div",
        { class: "quiz-end" },
        el(
          "button",
          {
            type: "button",
            class: "main",
            onclick: () => {
              this.saved.finished.push(form);
              this.save(this.saved);
              this.#turn();
            },
          },
          words(`quiz_finish_${form}`),
        ),
        open,
      ),
    ];
  }

  #kept() {
    const { words, openLesson, lessons } = this;
    return [
      this.#heading(words("quiz_before")),
      el("p", {}, words("quiz_kept")),
      el(
        "div",
        { class: "quiz-end" },
        el(
          "button",
          { type: "button", class: "main", onclick: () => openLesson(lessons[0].lesson) },
          words("quiz_first_lesson"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "plain",
            onclick: () => {
              this.form = "after";
              this.#turn();
            },
          },
          words("quiz_after_open"),
        ),
      ),
    ];
  }

  #results() {
    const { quiz, lessons, words, openLesson, saved } = this;
    return [
      this.#heading(words("quiz_gain")),
      ...quizResults(quiz.steps, saved, {
        before: this.#finished("before"),
        lessons,
        words,
        openLesson,
      }),
      el(
        "button",
        {
          type: "button",
          class: "plain",
          onclick: () => {
            this.saved = { before: {}, after: {}, finished: [] };
            this.save(this.saved);
            this.form = "before";
            this.#turn();
          },
        },
        words("quiz_again"),
      ),
    ];
  }
}

/**
 * A question with its options, and one more for who does not know.
 *
 * @param {Item} item
 * @param {object} options
 * @param {string} options.heading
 * @param {string} options.unsure
 * @param {string | undefined} options.chosen
 * @param {(answer: string) => void} options.onChange
 */
function question(item, { heading, unsure, chosen, onChange }) {
  const name = `quiz-${count++}`;
  const situation = el("div", { class: "quiz-situation" });
  situation.innerHTML = item.html;
  const asked = el("p", { class: "question" });
  asked.innerHTML = item.ask.question;
  const all = [...item.ask.options, { id: UNSURE, text: "" }];
  return el(
    "fieldset",
    { class: "options", "data-step": item.step },
    el("legend", {}, el("span", { class: "ask-kind" }, heading), situation, asked),
    ...all.map(({ id, text }) => {
      const input = el("input", {
        type: "radio",
        name,
        id: `${name}-${id}`,
        value: id,
        checked: id === chosen,
        onchange: () => onChange(id),
      });
      const label = el("label", { for: input.id, class: id === UNSURE ? "hint" : null }, unsure);
      if (id !== UNSURE) label.innerHTML = text;
      return el("div", { class: "option" }, input, label);
    }),
  );
}
