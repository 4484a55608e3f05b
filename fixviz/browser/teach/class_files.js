/* The answers of a class as files: a table for a spreadsheet, and a copy without anything that tells who somebody is. */

/** @import { Lesson } from "../course/types.d.ts" */
/** @import { Item } from "../course/quiz_score.js" */
/** @import { Learner } from "./types.d.ts" */

import { isRight } from "../course/quiz_score.js";
import { csvCell } from "../player/export/csv.js";
import { FORMS } from "./class_data.js";
import { CLASS_KIND, CLASS_VERSION } from "./reading.js";

/** What a learner is called: the nickname, or a number. */
export function nameOf({ nickname }, i, words) {
  return nickname || words("teach_learner", { n: i + 1 });
}

/**
 * One row for each learner: quiz answers, scores, and the first outcome of each step.
 *
 * @param {{ learners: Learner[], items: Item[], lessons: Lesson[], words: (key: string, values?: object) => string }}
 *   options
 */
export function classTable({ learners, items, lessons, words }) {
  const steps = lessons.flatMap((lesson) =>
    lesson.steps
      .filter(({ ask }) => ask?.by && ask.by !== "text")
      .map(({ step }) => [lesson.lesson, step]),
  );
  const header = [
    "learner",
    ...FORMS.map((form) => `quiz_${form}_correct`),
    ...items.map(({ form, pair }) => `quiz_${form}_${pair}`),
    ...steps.map(([lesson, step]) => `${lesson}_${step}_first`),
  ];
  const rows = learners.map((learner, i) => [
    nameOf(learner, i, words),
    ...FORMS.map((form) =>
      learner.quiz.finished.includes(form)
        ? items.filter((item) => item.form === form && isRight(item, learner.quiz[form][item.pair]))
            .length
        : "",
    ),
    ...items.map(({ form, pair }) => learner.quiz[form][pair] ?? ""),
    ...steps.map(([lesson, step]) => learner.lessons[lesson]?.[step]?.first ?? ""),
  ]);
  // A byte order mark lets spreadsheets read names in any script.
  return `\ufeff${[header, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/**
 * A file of the whole class in random order, without nicknames, ids, times, names of files and free texts.
 *
 * @param {Learner[]} learners
 * @param {Lesson[]} lessons
 */
export function anonymousClass(learners, lessons) {
  const kept = new Map(
    lessons.map(({ lesson, steps }) => [
      lesson,
      new Set(steps.filter(({ ask }) => ask?.by && ask.by !== "text").map(({ step }) => step)),
    ]),
  );
  const bare = learners.map((learner) => ({
    lessons: Object.fromEntries(
      Object.entries(learner.lessons).map(([lesson, answers]) => [
        lesson,
        {
          answers: Object.fromEntries(
            Object.entries(answers).filter(([step]) => kept.get(lesson)?.has(step)),
          ),
        },
      ]),
    ),
    quiz: learner.quiz,
  }));
  return `${JSON.stringify({ kind: CLASS_KIND, version: CLASS_VERSION, learners: shuffled(bare) }, null, 1)}\n`;
}

/** A copy in random order (Fisher and Yates). */
function shuffled(list) {
  const found = [...list];
  for (let i = found.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [found[i], found[j]] = [found[j], found[i]];
  }
  return found;
}
