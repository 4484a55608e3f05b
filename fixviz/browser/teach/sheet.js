/* A lesson on paper: its steps with still pictures of its own figures, the questions, and lines to write on; or the same
   with the right answers and what is wrong about the others. */

/** @import { Lesson } from "../course/types.d.ts" */
/** @import { TeachContext } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { RunSource } from "../course/source.js";
import { select } from "./fields.js";
import { LESSON, linkOf } from "./links.js";
import { SheetStep, withoutTerms } from "./sheet_step.js";
import { qrPicture } from "./share.js";
import { Notebook } from "./storage.js";

/**
 * @param {TeachContext} context
 * @param {{ name: string, parameters: URLSearchParams }} place
 */
export async function sheetView(context, { name, parameters }) {
  const { data, json } = context;
  const course = await json(`${data.language}/course.json`);
  const names = course.lessons.map(({ lesson }) => lesson);
  const wanted = parameters.get(LESSON);
  const chosen = names.includes(wanted) ? wanted : names[0];
  const lesson = await json(`${data.language}/${chosen}.json`);
  return new Sheet(context, course, lesson, name === "answers");
}

/** Resolve before the next frame of the screen. */
function nextFrame() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
  });
}

class Sheet {
  /**
   * @param {TeachContext} context
   * @param {any} course
   * @param {Lesson} lesson
   * @param {boolean} answers whether it tells the answers
   */
  constructor(context, course, lesson, answers) {
    const { words, data, go } = context;
    this.context = context;
    this.lesson = lesson;
    this.source = new RunSource(`${data.base}/run`, {
      own: false,
      frame: lesson.numbers["run.frame"],
      window: lesson.numbers["run.window"],
    });
    const link = linkOf(
      data.urls,
      { page: "course", parameters: { lesson: lesson.lesson, lang: data.language } },
      location.href,
      new Notebook().address,
    );
    this.print = el(
      "button",
      { type: "button", class: "main", disabled: true, onclick: () => window.print() },
      words("teach_print_sheet"),
    );
    this.paper = el("article", { class: "paper fixviz-course" });
    this.steps = lesson.steps.map(
      (step, i) => new SheetStep(step, i + 1, { lesson, words, answers }),
    );
    const goal = el("div", { class: "sheet-goal" });
    goal.innerHTML = lesson.goal;
    withoutTerms(goal);
    this.paper.append(
      el("link", {
        rel: "stylesheet",
        href: new URL(`../course/styles/${lesson.lesson}.css`, import.meta.url).href,
      }),
      el(
        "header",
        { class: "sheet-head" },
        el(
          "div",
          {},
          el("p", { class: "sheet-kind" }, words(answers ? "teach_answers_of" : "teach_sheet_of")),
          el("h1", {}, `${lesson.number}. ${lesson.title}`),
          goal,
          answers ? null : el("p", { class: "sheet-name" }, words("teach_name"), el("span")),
        ),
        el(
          "div",
          { class: "sheet-link" },
          qrPicture(link, words("teach_qr_of", { title: lesson.title })) ?? "",
          el("a", { href: link }, link),
        ),
      ),
      ...this.steps.map(({ element }) => element),
    );
    this.element = el(
      "div",
      { class: "sheet" },
      el(
        "div",
        { class: "sheet-tools on-screen" },
        el("h1", {}, words(answers ? "teach_answers" : "teach_worksheet")),
        el("p", {}, words(answers ? "teach_answers_intro" : "teach_sheet_intro")),
        el(
          "div",
          { class: "buttons end" },
          select(
            words("teach_lesson"),
            course.lessons.map((one) => [one.lesson, `${one.number}. ${one.title}`]),
            lesson.lesson,
            (chosen) => go({ [LESSON]: chosen }),
          ),
          this.print,
        ),
      ),
      this.paper,
    );
    this.#draw();
  }

  close() {
    this.closed = true;
    this.source.close();
    for (const step of this.steps) step.close();
  }

  async #draw() {
    const { lesson, context } = this;
    // Figures measure themselves, so they are made once the sheet stands in the page.
    await nextFrame();
    await this.source.open();
    for (const step of this.steps) {
      if (this.closed) return;
      await step.draw({
        root: this.paper,
        source: this.source,
        pack: () => context.json(`pack/${lesson.lesson}.json`),
      });
    }
    // Figures draw with the next frame of the screen.
    await nextFrame();
    await nextFrame();
    if (this.closed) return;
    this.print.disabled = false;
    this.element.dataset.ready = "true";
  }
}
