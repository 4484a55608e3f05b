/* The reader's answers as a file, for a teacher or for oneself. */

/**
 * @param {{ version: number, lessons: object, quiz: object }} state as Progress keeps it
 * @param {string} language
 * @param {Date} now
 */
export function answersFile(state, language, now) {
  const content = {
    kind: "fixviz course answers",
    version: state.version,
    language,
    saved: now.toISOString(),
    lessons: state.lessons,
    quiz: state.quiz,
  };
  return {
    name: `fixviz-answers-${now.toISOString().slice(0, 10)}.json`,
    text: `${JSON.stringify(content, null, 1)}\n`,
  };
}

/** Let the browser save a text file. */
export function download({ name, text }) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
