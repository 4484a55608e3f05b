/* The class page: many files of answers, read and drawn in this browser alone. */

/** @import { TeachContext } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { download } from "../course/answers.js";
import { anonymousClass, classTable } from "./class_files.js";
import { lessonResults } from "./class_lessons.js";
import { mistakes, quizResults } from "./class_quiz.js";
import { readFiles } from "./reading.js";

/** @param {TeachContext} context */
export async function classView(context) {
  const { data, json } = context;
  const course = await json(`${data.language}/course.json`);
  // All texts now: nothing is fetched once there are answers, but for figures that somebody opens.
  const [quiz, ...lessons] = await Promise.all(
    ["quiz", ...course.lessons.map(({ lesson }) => lesson)].map((name) =>
      json(`${data.language}/${name}.json`),
    ),
  );
  return new ClassView(context, quiz, lessons);
}

class ClassView {
  constructor(context, quiz, lessons) {
    const { words } = context;
    this.context = context;
    this.quiz = quiz;
    this.lessons = lessons;
    this.learners = [];
    this.skipped = [];
    this.results = el("div", { class: "class-results" });
    this.told = el("div", { class: "class-told", role: "status" });
    const picker = el("input", {
      type: "file",
      multiple: true,
      accept: ".json,application/json",
      id: "teach-files",
      class: "unseen",
      onchange: () => this.read(picker.files).then(() => (picker.value = "")),
    });
    this.drop = el(
      "div",
      {
        class: "drop on-screen",
        ondragover: (event) => {
          event.preventDefault();
          this.drop.classList.add("over");
        },
        ondragleave: () => this.drop.classList.remove("over"),
        ondrop: (event) => {
          event.preventDefault();
          this.drop.classList.remove("over");
          this.read(event.dataTransfer.files);
        },
      },
      picker,
      el("label", { for: picker.id, class: "button main" }, words("teach_choose_files")),
      el("p", {}, words("teach_drop")),
      el("p", { class: "hint" }, words("teach_class_local")),
    );
    this.element = el(
      "div",
      { class: "class-page" },
      el("h1", {}, words("teach_class")),
      el("p", { class: "on-screen" }, words("teach_class_intro")),
      this.drop,
      this.told,
      this.results,
    );
  }

  close() {
    this.shown?.close();
  }

  redraw() {
    if (this.learners.length) this.#draw();
  }

  /** @param {Iterable<File>} files */
  async read(files) {
    const { learners, skipped } = await readFiles(files, this.learners);
    this.learners = learners;
    this.skipped = skipped;
    this.#draw();
  }

  #draw() {
    const { words } = this.context;
    const { learners, quiz, lessons } = this;
    this.shown?.close();
    this.#tell();
    if (!learners.length) {
      this.results.replaceChildren();
      return;
    }
    const shown = lessonResults(this.context, lessons, learners);
    this.shown = shown;
    this.results.replaceChildren(
      this.#tools(),
      ...quizResults(quiz, learners, words),
      ...mistakes({ quiz, lessons, learners, words }),
      shown.element,
    );
    this.element.dataset.learners = String(learners.length);
  }

  #tell() {
    const { words } = this.context;
    const { learners, skipped } = this;
    this.told.replaceChildren(
      learners.length
        ? el("p", { class: "total" }, words("teach_read", { n: learners.length }))
        : "",
      skipped.length
        ? el(
            "details",
            { class: "skipped", open: skipped.length <= 6 },
            el("summary", {}, words("teach_skipped", { n: skipped.length })),
            el(
              "ul",
              {},
              ...skipped.map(({ name, reason }) =>
                el("li", {}, el("strong", {}, name), " ", words(`teach_skip_${reason}`)),
              ),
            ),
          )
        : "",
    );
  }

  #tools() {
    const { words } = this.context;
    const { learners, quiz, lessons } = this;
    const button = (key, onclick) =>
      el("button", { type: "button", class: "plain", onclick }, words(key));
    return el(
      "div",
      { class: "buttons on-screen" },
      button("teach_csv", () =>
        download({
          name: "fixviz-class.csv",
          text: classTable({ learners, items: quiz.steps, lessons, words }),
          type: "text/csv",
        }),
      ),
      button("teach_anonymous", () =>
        download({ name: "fixviz-class.json", text: anonymousClass(learners, lessons) }),
      ),
      button("teach_print_class", () => window.print()),
      button("teach_forget", () => {
        this.learners = [];
        this.skipped = [];
        delete this.element.dataset.learners;
        this.#draw();
      }),
    );
  }
}
