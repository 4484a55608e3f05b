/* What a class answered, counted: question by question, before against after, and which mistakes are most frequent. */

/** @import { Lesson, Step } from "../course/types.d.ts" */
/** @import { Item } from "../course/quiz_score.js" */
/** @import { FileAnswer, Learner } from "./types.d.ts" */

import { isRight } from "../course/quiz_score.js";
import { pairedGain, tally } from "./statistics.js";

export const FORMS = /** @type {const} */ (["before", "after"]);
/** What stands for a question that a learner left open. */
export const OPEN = "";
const LEAST_OF_A_MISTAKE = 2;

/** Whether a learner took a form of the quiz. */
const took = ({ quiz }, form) => quiz.finished.includes(form) || Object.keys(quiz[form]).length > 0;

/**
 * How the answers to each question of the quiz spread, in the order of the first form.
 *
 * @param {Item[]} items
 * @param {Learner[]} learners
 */
export function quizQuestions(items, learners) {
  const of = (form) => items.filter((item) => item.form === form);
  const after = new Map(of("after").map((item) => [item.pair, item]));
  return of("before").map((item) => {
    const both = { before: item, after: after.get(item.pair) };
    const spread = Object.fromEntries(
      FORMS.map((form) => {
        const asked = learners.filter((learner) => took(learner, form));
        const answers = asked.map(({ quiz }) => quiz[form][item.pair] ?? OPEN);
        const right = answers.filter((answer) => isRight(both[form], answer)).length;
        return [form, { asked: asked.length, counts: new Map(tally(answers)), right }];
      }),
    );
    const paired = learners.filter((learner) => FORMS.every((form) => took(learner, form)));
    const known = paired.map(({ quiz }) => FORMS.map((f) => isRight(both[f], quiz[f][item.pair])));
    return {
      pair: item.pair,
      transfer: item.transfer,
      items: both,
      spread,
      paired: {
        count: paired.length,
        gained: known.filter(([first, second]) => second && !first).length,
        lost: known.filter(([first, second]) => first && !second).length,
      },
    };
  });
}

/**
 * Questions right before and after, for the learners who finished both forms, and the mean gain with its interval.
 *
 * @param {Item[]} items
 * @param {Learner[]} learners
 */
export function quizGain(items, learners) {
  const count = items.filter(({ form }) => form === "before").length;
  const paired = learners.filter(({ quiz }) => FORMS.every((form) => quiz.finished.includes(form)));
  const scores = paired.map(({ quiz }) =>
    FORMS.map(
      (form) =>
        items.filter((item) => item.form === form && isRight(item, quiz[form][item.pair])).length,
    ),
  );
  return { count, scores, gain: pairedGain(scores.map(([before, after]) => after - before)) };
}

/**
 * What the class answered first in each step of a lesson that asks something.
 *
 * @param {Lesson} lesson
 * @param {Learner[]} learners
 */
export function lessonSteps(lesson, learners) {
  return lesson.steps
    .filter(({ ask }) => ask?.by)
    .map((step) => {
      const answers = learners.flatMap((learner) => {
        const one = learner.lessons[lesson.lesson]?.[step.step];
        return one ? [one] : [];
      });
      return {
        step,
        answered: answers.length,
        outcomes: outcomesOf(step, answers),
        values: answers.map(firstOf).filter((value) => value !== null && value !== undefined),
        // How many needed more than one try.
        again: answers.filter(({ tries, outcome }) => outcome === "right" && tries > 1).length,
      };
    });
}

/** The first answer; the last where the first was not kept. */
function firstOf({ firstAnswer, answer }) {
  return firstAnswer ?? answer;
}

/**
 * The outcomes that a question can have, each with how often it came first. Texts are HTML.
 *
 * @param {Step} step
 * @param {FileAnswer[]} answers
 * @returns {{ id: string, text: string, feedback: string, right: boolean, count: number }[]}
 */
function outcomesOf({ ask }, answers) {
  if (ask.by === "text") return [];
  const counts = new Map(tally(answers.map(({ first }) => first)));
  const count = (id) => counts.get(id) ?? 0;
  if (ask.by === "choice")
    return ask.options.map(({ id, text, right, feedback }) => ({
      id,
      text,
      feedback,
      right,
      count: count(id) + (right ? count("right") : 0),
    }));
  const named = Object.entries(ask.feedback ?? {}).map(([id, text]) => ({ id, text }));
  const mistakes = (ask.mistakes ?? []).map(({ answer, feedback }, i) => ({
    id: `mistake-${i}`,
    text: `<strong>${Number(answer.toPrecision(4))}</strong> ${feedback}`,
  }));
  return [...named, ...mistakes]
    .map(({ id, text }) => ({ id, text, feedback: "", right: id === "right", count: count(id) }))
    .sort((a, b) => Number(b.right) - Number(a.right));
}

/**
 * The most frequent mistakes: wrong options and named outcomes, by the share of those asked who made them. A mistake
 * of a single learner is none of the class.
 *
 * @param {{ items: Item[], lessons: Lesson[], learners: Learner[], most: number }} options
 * @returns {{ where: string, form: string | null, lesson: string | null, step: string, question: string, text: string,
 *   feedback: string, count: number, asked: number }[]}
 */
export function frequentMistakes({ items, lessons, learners, most }) {
  const ofQuiz = quizQuestions(items, learners).flatMap(({ spread, items: both }) =>
    FORMS.flatMap((form) => {
      const { ask, title, step } = both[form];
      const { asked, counts } = spread[form];
      return ask.options
        .filter(({ right }) => !right)
        .map(({ id, text, feedback }) => ({
          where: title,
          form,
          lesson: null,
          step,
          question: ask.question,
          text,
          feedback,
          count: counts.get(id) ?? 0,
          asked,
        }));
    }),
  );
  const ofLessons = lessons.flatMap((lesson) =>
    lessonSteps(lesson, learners).flatMap(({ step, answered, outcomes }) =>
      // Where no answer is right, none is wrong.
      outcomes.some(({ right }) => right)
        ? outcomes
            .filter(({ right }) => !right)
            .map(({ text, feedback, count }) => ({
              where: `${lesson.title}: ${step.title}`,
              form: null,
              lesson: lesson.lesson,
              step: step.step,
              question: step.ask.question,
              text,
              feedback,
              count,
              asked: answered,
            }))
        : [],
    ),
  );
  return [...ofQuiz, ...ofLessons]
    .filter(({ count }) => count >= LEAST_OF_A_MISTAKE)
    .sort((a, b) => b.count / b.asked - a.count / a.asked || b.count - a.count)
    .slice(0, most);
}
