/* The reader's answers as a file, for a teacher or for oneself. */

/** @import { Progress } from "./progress.js" */

import { el } from "../player/dom.js";

export const KIND = "fixviz course answers";
/** Of the file. 1 had neither `learner` nor `nickname`, nor the first answer of a question. */
export const FILE_VERSION = 2;
export const MOST_NICKNAME = 40;

/**
 * The file: what was answered, and a random id. A name is in it only where the learner wrote one.
 *
 * @param {Progress} progress
 * @param {object} options
 * @param {string} options.language
 * @param {string} [options.nickname]
 * @param {Date} options.now
 */
export function answersFile(progress, { language, nickname = "", now }) {
  const content = {
    kind: KIND,
    version: FILE_VERSION,
    language,
    saved: now.toISOString(),
    learner: progress.learner,
    nickname: nickname.trim().slice(0, MOST_NICKNAME),
    lessons: progress.state.lessons,
    quiz: progress.state.quiz,
  };
  return {
    name: `fixviz-answers-${now.toISOString().slice(0, 10)}.json`,
    text: `${JSON.stringify(content, null, 1)}\n`,
  };
}

/** Let the browser save a text file. */
export function download({ name, text, type = "application/json" }) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * A button that offers the file, with a nickname for who wants one.
 *
 * @param {Progress} progress
 * @param {object} options
 * @param {string} options.language
 * @param {(key: string, values?: object) => string} options.words
 */
export function takeAnswers(progress, { language, words }) {
  const nickname = el("input", { type: "text", autocomplete: "off", maxlength: MOST_NICKNAME });
  const save = () =>
    download(answersFile(progress, { language, nickname: nickname.value, now: new Date() }));
  return el(
    "details",
    { class: "take-answers" },
    el("summary", {}, words("download_answers")),
    el(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          save();
        },
      },
      el("label", {}, words("nickname"), nickname),
      el("button", { type: "submit", class: "plain" }, words("download_file")),
      el("p", { class: "hint" }, words("file_holds")),
    ),
  );
}
