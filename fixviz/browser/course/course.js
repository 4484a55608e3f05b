/* The course: which page of it is open, and what its pages need. */

/** @import { CourseOverview, Lesson } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { jsonOf } from "../player/packed.js";
import { placeOf, writePlace } from "./address.js";
import { LessonView } from "./lesson.js";
import { overview } from "./overview.js";
import { CoursePresenter, asksToPresent } from "./present.js";
import { Progress, browserStorage } from "./progress.js";
import { showQuiz } from "./quiz.js";
import { RunSource } from "./source.js";
import { teller } from "./words.js";

async function fetched(url) {
  const response = await fetch(url);
  if (response.ok) return jsonOf(response);
  const body = await response.json().catch(() => null);
  throw new Error(body?.error ?? `${response.status}`);
}

export class Course {
  /**
   * @param {HTMLElement} root element with the theme's colors
   * @param {object} data
   * @param {string} data.base URL of the course's texts and pack
   * @param {string} data.language
   * @param {string | null} data.run handle of a run of the reader's own
   * @param {string | null} data.runBase its URL
   * @param {string} data.glossary URL of the glossary
   * @param {string} data.watch URL of the player
   * @param {import("./types.d.ts").Words} data.words of the interface
   * @param {string} data.sample name of the sample that the course's own run shows
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.live = el("div", { class: "unseen", role: "status" });
    this.page = el("div", { class: "page" });
    this.lessonStyles = el("link", { rel: "stylesheet" });
    root.replaceChildren(this.lessonStyles, this.page, this.live);
    this.sources = new Map();
    this.fetches = new Map();
    this.onPop = () => this.#start();
    addEventListener("popstate", this.onPop);
    this.#start();
  }

  /** Enter or leave presenter mode, as the URL says, and show the page. */
  #start() {
    const presents = asksToPresent(location.search);
    if (presents !== Boolean(this.presenter) || !this.progress) {
      this.progress = new Progress(presents ? null : browserStorage());
      this.shown = null;
      this.presenter?.close();
      this.presenter = presents ? new CoursePresenter(this, () => this.#start()) : null;
    }
    this.#open();
  }

  close() {
    removeEventListener("popstate", this.onPop);
    this.closed = true;
    this.presenter?.close();
    this.view?.close?.();
    for (const source of this.sources.values()) source.then((one) => one.close());
  }

  /** The theme changed: draw again what has colors of its own. */
  redraw() {
    if (!(this.view instanceof LessonView)) return;
    // Else the lesson that is shown would stay as it is.
    this.shown = null;
    this.#open();
  }

  /** Where the answers of a lesson are kept: those on a run of one's own stand apart. */
  #place(lesson) {
    return this.data.run ? `${lesson}@${this.data.run}` : lesson;
  }

  openLesson(lesson, step = null) {
    writePlace({ lesson, step });
    this.#open();
  }

  #get(name, query = "") {
    return this.#json(`${this.data.language}/${name}.json${query}`);
  }

  /** What a file of the course holds, fetched once; after a failure, again. */
  #json(path) {
    const url = `${this.data.base}/${path}`;
    if (!this.fetches.has(url)) {
      const pending = fetched(url);
      this.fetches.set(url, pending);
      pending.catch(() => this.fetches.delete(url));
    }
    return this.fetches.get(url);
  }

  async #open() {
    const { lesson, step } = placeOf(location.search);
    const asked = (this.asked = Symbol(lesson ?? "overview"));
    try {
      /** @type {CourseOverview} */
      const course = await this.#get("course");
      const words = teller(course.words);
      const known = lesson === "quiz" || course.lessons.some((one) => one.lesson === lesson);
      if (lesson && known && lesson !== "quiz") {
        const run = this.data.run ? `?${new URLSearchParams({ run: this.data.run })}` : "";
        const found = await this.#get(lesson, run);
        if (asked === this.asked && !this.closed) this.#showLesson(course, found, step);
      } else if (lesson === "quiz") {
        const quiz = await this.#get("quiz");
        if (asked === this.asked && !this.closed) this.#showQuiz(course, quiz, words, step);
      } else if (asked === this.asked && !this.closed) this.#showOverview(course, words);
    } catch (error) {
      if (asked === this.asked && !this.closed) this.#showFailure(error);
    }
  }

  #replace(view, element) {
    this.view?.close?.();
    this.view = view;
    this.page.replaceChildren(element);
    this.presenter?.sync();
  }

  #showOverview(course, words) {
    this.shown = null;
    const show = () =>
      this.#replace(
        null,
        overview(course, {
          progress: this.progress,
          placeOf: (lesson) => this.#place(lesson),
          words,
          glossary: this.data.glossary,
          openLesson: (lesson, step = null) => this.openLesson(lesson, step),
          onStartOver: () => {
            this.progress.startOver();
            show();
          },
        }),
      );
    show();
    this.page.dataset.page = "overview";
  }

  /** @param {Lesson} lesson */
  #showLesson(course, lesson, step) {
    const words = teller(course.words);
    const key = `${lesson.lesson} ${lesson.language}`;
    if (this.shown === key && this.view instanceof LessonView && step) {
      this.view.goTo(step);
      return;
    }
    this.shown = key;
    this.lessonStyles.href = new URL(`styles/${lesson.lesson}.css`, import.meta.url).href;
    const place = this.#place(lesson.lesson);
    const next = course.lessons.find((one) => one.number === lesson.number + 1) ?? null;
    // Set before the view opens its first step, which writes the address.
    const opened = step ?? this.progress.step(place);
    const view = new LessonView(lesson, {
      step: opened,
      count: course.lessons.length,
      next,
      root: this.root,
      source: this.#source(lesson),
      pack: () => this.#json(`pack/${lesson.lesson}.json`),
      progress: this.progress,
      place,
      words,
      announce: (text) => this.#announce(text),
      onStep: (one) => writePlace({ lesson: lesson.lesson, step: one }),
      openLesson: (one) => this.openLesson(one),
      glossary: (anchor) => `${this.data.glossary}#${anchor}`,
      player: (parameters) => this.#player(parameters, lesson),
    });
    this.#replace(view, view.element);
    this.page.dataset.page = lesson.lesson;
    performance.mark("fixviz: lesson shown");
  }

  #showQuiz(course, quiz, words, form) {
    this.shown = null;
    this.lessonStyles.href = new URL("styles/quiz.css", import.meta.url).href;
    const element = showQuiz({
      quiz,
      form: form === "after" ? "after" : "before",
      lessons: course.lessons,
      words,
      saved: this.progress.quiz,
      save: (answers) => this.progress.keepQuiz(answers),
      openLesson: (lesson, step) => this.openLesson(lesson, step),
      announce: (text) => this.#announce(text),
      progress: this.progress,
    });
    this.#replace(null, element);
    this.page.dataset.page = "quiz";
  }

  #showFailure(error) {
    this.shown = null;
    this.#replace(
      null,
      el(
        "div",
        { class: "failed", role: "alert" },
        el("p", {}, this.data.words.page_failed),
        el("p", { class: "hint" }, error.message),
        el(
          "button",
          { type: "button", class: "plain", onclick: () => this.#open() },
          this.data.words.retry,
        ),
      ),
    );
    this.page.dataset.page = "failed";
  }

  /** The clip that a lesson looks at. */
  #source(lesson) {
    const own = Boolean(this.data.run) && !lesson.note;
    const base = own ? this.data.runBase : `${this.data.base}/run`;
    if (!this.sources.has(base)) {
      const source = new RunSource(base, {
        own,
        frame: lesson.numbers["run.frame"],
        window: lesson.numbers["run.window"],
      });
      const pending = source.open();
      this.sources.set(base, pending);
      pending.catch(() => this.sources.delete(base));
    }
    return this.sources.get(base);
  }

  #player(parameters, lesson) {
    const own = Boolean(this.data.run) && !lesson.note;
    const clip = {
      ...(own ? { run: this.data.run } : { sample: this.data.sample }),
      ...(this.presenter ? { present: "1" } : {}),
    };
    return `${this.data.watch}?${new URLSearchParams(clip)}${parameters ? `&${parameters}` : ""}`;
  }

  #announce(text) {
    this.live.textContent = "";
    requestAnimationFrame(() => (this.live.textContent = text));
  }
}
