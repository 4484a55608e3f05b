/* The lessons of a class: what was answered first in each step, and answers in figures laid over each other. */

/** @import { Lesson } from "../course/types.d.ts" */
/** @import { Learner, TeachContext } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { number } from "../player/format.js";
import { contextOf } from "../course/context.js";
import { makeFigure } from "../course/figures.js";
import { RunSource } from "../course/source.js";
import { lessonSteps } from "./class_data.js";
import { select } from "./fields.js";
import { html, spread } from "./spread.js";

const MOST_TEXTS = 200;
/** Figures in which the answers of a class can be laid over each other. */
export const OVERLAID = [
  "dealt-ratios",
  "dial-prediction",
  "hide-patches",
  "lorenz-draw",
  "one-ratio",
  "played-backward",
  "softmax-cost",
  "softmax-paint",
  "token-overlap",
  "token-place",
];

/**
 * @param {TeachContext} context
 * @param {Lesson[]} lessons
 * @param {Learner[]} learners
 */
export function lessonResults(context, lessons, learners) {
  const { words } = context;
  const counted = lessons.map(
    ({ lesson }) => learners.filter((learner) => lesson in learner.lessons).length,
  );
  const body = el("div", { class: "lesson-results" });
  const open = new Set();
  const show = (at) => {
    for (const one of open) one.close();
    open.clear();
    const lesson = lessons[at];
    body.replaceChildren(
      ...lessonSteps(lesson, learners).map((step) => stepResults(context, lesson, step, open)),
    );
  };
  const first = counted.findIndex((count) => count > 0);
  if (first >= 0) show(first);
  return {
    element: el(
      "section",
      { class: "class-lessons" },
      el("h2", {}, words("teach_lessons")),
      first < 0
        ? el("p", {}, words("teach_lessons_none"))
        : select(
            words("teach_lesson"),
            lessons.map((one, i) => [
              String(i),
              `${one.number}. ${one.title} (${words("teach_answered", { n: counted[i] })})`,
            ]),
            String(first),
            (at) => show(Number(at)),
          ),
      body,
    ),
    close() {
      for (const one of open) one.close();
    },
  };
}

function stepResults(context, lesson, { step, answered, outcomes, values, again }, open) {
  const { words } = context;
  const { ask } = step;
  const parts = [html("p", "question", ask.question)];
  if (answered && outcomes.length) parts.push(spread(outcomes, answered, words));
  if (ask.by === "number" && values.length)
    parts.push(el("p", { class: "hint" }, words("teach_values", { values: listed(values) })));
  if (again) parts.push(el("p", { class: "hint" }, words("teach_again", { n: again })));
  if (ask.by === "text" && answered)
    parts.push(
      el(
        "details",
        { class: "texts" },
        el("summary", {}, words("teach_texts")),
        el("ul", {}, ...values.slice(0, MOST_TEXTS).map((text) => el("li", {}, String(text)))),
      ),
    );
  if (ask.by === "figure" && values.length && OVERLAID.includes(step.figure.name))
    parts.push(overlay(context, lesson, step, values, open));
  return el(
    "article",
    { class: "step-results", "data-step": step.step },
    el(
      "h3",
      {},
      step.title,
      " ",
      el("span", { class: "hint" }, words("teach_answered", { n: answered })),
    ),
    ...(answered ? parts : []),
  );
}

/** Numbers in their order, each with how often it was given. */
function listed(values) {
  const counts = new Map();
  for (const value of values.filter((one) => typeof one === "number"))
    counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => a[0] - b[0])
    .map(([value, count]) => (count > 1 ? `${number(value)} (× ${count})` : number(value)))
    .join(", ");
}

/** The figure with the answers of the class in it; made when it is opened, since it needs the run. */
function overlay({ data, json, words, root }, lesson, step, values, open) {
  const stage = el(
    "div",
    { class: `figure figure-${step.figure.name} class-figure`, role: "group", inert: true },
    el("p", { class: "hint" }, words("loading")),
  );
  stage.setAttribute("aria-label", step.figure.alt);
  const details = el(
    "details",
    { class: "overlay", ontoggle: () => make() },
    el("summary", {}, words("teach_overlay")),
    stage,
  );
  let made = null;
  const one = {
    closed: false,
    close() {
      one.closed = true;
      made?.figure?.close?.();
      made?.source.close();
    },
  };
  open.add(one);

  async function make() {
    if (made) return;
    const source = new RunSource(`${data.base}/run`, {
      own: false,
      frame: lesson.numbers["run.frame"],
      window: lesson.numbers["run.window"],
    });
    made = { source, figure: null };
    details.prepend(styleOf(lesson.lesson));
    try {
      await source.open();
      const figure = await makeFigure(
        step.figure,
        contextOf(step.figure, {
          root,
          source,
          numbers: lesson.numbers,
          pack: () => json(`pack/${lesson.lesson}.json`),
          answered: true,
          light: () => {},
          changed: () => {},
        }),
      );
      if (one.closed) {
        figure.close?.();
        return;
      }
      Object.assign(made, { figure });
      stage.replaceChildren(figure.element);
      figure.reveal?.();
      figure.overlay(values);
      details.setAttribute("data-ready", "true");
    } catch (error) {
      console.error(error);
      stage.replaceChildren(el("p", { role: "alert" }, words("figure_failed")));
    }
  }
  return details;
}

/** The styles of a lesson's figures. */
function styleOf(lesson) {
  const href = new URL(`../course/styles/${lesson}.css`, import.meta.url).href;
  return el("link", { rel: "stylesheet", href });
}
