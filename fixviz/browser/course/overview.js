/* The course's first page: the lessons with what is done of them, and the quiz before and after. */

/** @import { CourseOverview } from "./types.d.ts" */
/** @import { Progress } from "./progress.js" */

import { el } from "../player/dom.js";
import { takeAnswers } from "./answers.js";
import { languageTag } from "./words.js";

/**
 * @param {CourseOverview} course
 * @param {object} options
 * @param {Progress} options.progress
 * @param {(lesson: string) => string} options.placeOf under which a lesson's answers are kept
 * @param {(key: string, values?: object) => string} options.words
 * @param {(lesson: string, step?: string) => void} options.openLesson
 * @param {string} options.glossary URL of the glossary
 * @param {() => void} options.onStartOver
 */
export function overview(course, { progress, placeOf, words, openLesson, glossary, onStartOver }) {
  const intro = el("div", { class: "intro" });
  intro.innerHTML = words("intro");
  const done = (lesson) => {
    const seen = progress.seen(placeOf(lesson.lesson));
    return lesson.steps.filter((step) => seen.includes(step)).length;
  };
  const open = course.lessons.find((lesson) => done(lesson) < lesson.steps.length);
  const cards = course.lessons.map((lesson) => card(lesson, done(lesson), lesson === open));

  function card(lesson, count, current) {
    const goal = el("div", { class: "card-goal" });
    goal.innerHTML = lesson.goal;
    for (const term of goal.querySelectorAll("button.term")) term.replaceWith(term.textContent);
    const all = lesson.steps.length;
    return el(
      "li",
      { class: current ? "card current" : "card" },
      el("span", { class: "card-number", "aria-hidden": "true" }, String(lesson.number)),
      el(
        "div",
        { class: "card-text" },
        el("h2", {}, lesson.title),
        goal,
        el(
          "p",
          { class: "card-state" },
          `${words("minutes", { n: lesson.minutes })} · ${
            count === all ? words("lesson_done") : words("progress", { done: count, count: all })
          }`,
        ),
      ),
      el(
        "button",
        {
          type: "button",
          class: current ? "main" : "plain",
          "aria-label": `${words(count && count < all ? "go_on" : "open")}: ${lesson.title}`,
          onclick: () => openLesson(lesson.lesson),
        },
        words(count && count < all ? "go_on" : "open"),
      ),
      el(
        "span",
        { class: "card-bar", "aria-hidden": "true" },
        el("span", { style: `width: ${(100 * count) / all}%` }),
      ),
    );
  }

  const { before, after, finished = [] } = progress.quiz;
  const quizState = (form, answers) => {
    if (finished.includes(form)) return words("quiz_done");
    return Object.keys(answers).length ? words("quiz_open") : "";
  };
  const quiz = (form, answers) =>
    el(
      "div",
      { class: "quiz-card" },
      el("h2", {}, words(`quiz_${form}`)),
      el("p", {}, words(`quiz_${form}_text`)),
      el("p", { class: "card-state" }, quizState(form, answers)),
      el(
        "button",
        { type: "button", class: "plain", onclick: () => openLesson("quiz", form) },
        words(`quiz_${form}_open`),
      ),
    );

  const sure = el(
    "button",
    { type: "button", class: "link", hidden: true, onclick: onStartOver },
    words("start_over_sure"),
  );
  return el(
    "div",
    { class: "overview", lang: languageTag(course.language) },
    el("h1", {}, course.title),
    intro,
    quiz("before", before),
    el("ol", { class: "cards" }, ...cards),
    quiz("after", after),
    el(
      "p",
      { class: "overview-foot" },
      el("a", { href: glossary }, words("glossary")),
      takeAnswers(progress, { language: course.language, words }),
      el(
        "button",
        { type: "button", class: "link", onclick: () => (sure.hidden = !sure.hidden) },
        words("start_over"),
      ),
      sure,
    ),
    el("p", { class: "hint" }, words("kept_here")),
  );
}
