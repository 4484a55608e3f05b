/* What the reader did in the course, kept in the browser's own storage. Nothing of it reaches the server. */

/** @import { Answered } from "./types.d.ts" */

const KEY = "fixviz.course";
const VERSION = 1;

const empty = () => ({ version: VERSION, lessons: {}, quiz: { before: {}, after: {} } });
const ID_BYTES = 8;

export class Progress {
  /** @param {Storage | null} storage null where the browser keeps nothing: then it lasts as long as the page */
  constructor(storage) {
    this.storage = storage;
    this.state = empty();
    try {
      const found = JSON.parse(storage?.getItem(KEY) ?? "null");
      if (found?.version === VERSION) this.state = { ...empty(), ...found };
    } catch {
      // What cannot be read is started anew.
    }
  }

  /** The step at which a lesson was left, or null. */
  step(lesson) {
    return this.state.lessons[lesson]?.step ?? null;
  }

  visit(lesson, step) {
    const entry = this.#lesson(lesson);
    entry.step = step;
    if (!entry.seen.includes(step)) entry.seen.push(step);
    this.#save();
  }

  /** Ids of the steps that were opened. */
  seen(lesson) {
    return this.state.lessons[lesson]?.seen ?? [];
  }

  /** @returns {Answered | null} */
  answer(lesson, step) {
    return this.state.lessons[lesson]?.answers[step] ?? null;
  }

  /** Keep an answer; the outcome of the first one stays. */
  keep(lesson, step, answer, outcome) {
    const { answers } = this.#lesson(lesson);
    const before = answers[step];
    answers[step] = {
      answer,
      outcome,
      tries: (before?.tries ?? 0) + 1,
      first: before?.first ?? outcome,
      // An answer of an earlier version does not tell what was answered first, unless it was the only one.
      firstAnswer: before
        ? (before.firstAnswer ?? (before.tries === 1 ? before.answer : null))
        : answer,
    };
    this.#save();
  }

  get quiz() {
    return this.state.quiz;
  }

  keepQuiz(quiz) {
    this.state.quiz = quiz;
    this.#save();
  }

  /** A random id, by which files of the same learner are told from those of others. It holds no name. */
  get learner() {
    this.state.learner ??= Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    this.#save();
    return this.state.learner;
  }

  startOver() {
    this.state = empty();
    this.#save();
  }

  #lesson(lesson) {
    const { lessons } = this.state;
    lessons[lesson] ??= { step: null, seen: [], answers: {} };
    return lessons[lesson];
  }

  #save() {
    try {
      this.storage?.setItem(KEY, JSON.stringify(this.state));
    } catch {
      // A full or forbidden storage: the answers last as long as the page.
    }
  }
}

/** The browser's storage, or null where it is forbidden. */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
