/* What a learner gained from the course: scores before and after, and every pair of questions side by side. */

/** @import { Item } from "./quiz_score.js" */

import { el } from "../player/dom.js";
import { pairsOf, scoreOf } from "./quiz_score.js";

const WIDTH = 320;
const HEIGHT = 220;
const [LEFT, RIGHT, TOP, BOTTOM] = [84, WIDTH - 84, 34, HEIGHT - 26];

/**
 * @param {Item[]} items
 * @param {{ before: Record<string, string>, after: Record<string, string> }} answers
 * @param {object} options
 * @param {boolean} options.before whether the first form was finished
 * @param {{ lesson: string, number: number, title: string }[]} options.lessons
 * @param {(key: string, values?: object) => string} options.words
 * @param {(lesson: string) => void} options.openLesson
 * @returns {HTMLElement[]}
 */
export function quizResults(items, answers, { before, lessons, words, openLesson }) {
  const pairs = pairsOf(items, answers);
  const groups = [
    { name: "quiz_core", kind: "core", pairs: pairs.filter(({ transfer }) => !transfer) },
    { name: "quiz_new", kind: "new", pairs: pairs.filter(({ transfer }) => transfer) },
  ].map((group) => ({ ...group, score: scoreOf(group.pairs) }));
  const forms = before ? ["before", "after"] : ["after"];
  return [
    el(
      "section",
      { class: "quiz-gain", "aria-label": words("quiz_gain") },
      before ? slopes(groups, words) : null,
      el("div", {}, ...groups.map((group) => summary(group, before, words))),
    ),
    before ? null : el("p", { class: "note" }, words("quiz_no_before")),
    before && groups.every(({ score }) => score.after <= score.before)
      ? el("p", { class: "note" }, words("quiz_gain_none"))
      : null,
    el("p", { class: "hint" }, words("quiz_honest")),
    ...groups.flatMap((group) => [
      el("h2", {}, words(group.name)),
      el(
        "ul",
        { class: "quiz-pairs" },
        ...group.pairs.map((pair) =>
          comparison(pair, { forms, answers, lessons, words, openLesson }),
        ),
      ),
    ]),
  ].filter((part) => part !== null);
}

/** The scores of a group in words. */
function summary({ name, kind, score }, before, words) {
  const { count, gained, lost, gain } = score;
  const lines = before
    ? [
        words("quiz_change", { before: score.before, after: score.after, count, gained, lost }),
        gain === null
          ? words("quiz_all_before")
          : words("quiz_normalized", { gain: gain.toFixed(2).replace("-", "−") }),
      ]
    : [words("quiz_score", { n: score.after, count })];
  return el(
    "div",
    { class: `quiz-summary ${kind}` },
    el("h2", {}, words(name)),
    ...lines.map((line) => el("p", {}, line)),
  );
}

/** A line for each group from its share of right answers before to that after. */
function slopes(groups, words) {
  const y = (share) => BOTTOM - share * (BOTTOM - TOP);
  const told = groups.map(({ name, score }) =>
    [words(name), words("quiz_gain_text", score)].join(": "),
  );
  const side = (form, x, anchor, away) => {
    // Two scores at nearly the same height: their numbers stand above and below it.
    const [first, second] = groups.map(({ score }) => y(score[form] / score.count));
    const near = Math.abs(first - second) < 16;
    const shift = [near ? (first <= second ? -7 : 9) : 0, near ? (first <= second ? 9 : -7) : 0];
    return groups.map(({ kind, score }, i) =>
      el(
        "svg:text",
        {
          class: kind,
          x: x + away,
          y: y(score[form] / score.count) + 5 + shift[i],
          "text-anchor": anchor,
        },
        words("quiz_of", { n: score[form], count: score.count }),
      ),
    );
  };
  const axis = (form, x) => [
    el("svg:line", { class: "axis", x1: x, x2: x, y1: TOP - 6, y2: BOTTOM + 6 }),
    el(
      "svg:text",
      { class: "head", x, y: 16, "text-anchor": "middle" },
      words(`quiz_${form}_short`),
    ),
  ];
  return el(
    "svg:svg",
    {
      class: "quiz-slopes",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": told.join(" "),
    },
    ...axis("before", LEFT),
    ...axis("after", RIGHT),
    ...groups.flatMap(({ kind, score }) => {
      const [from, to] = [y(score.before / score.count), y(score.after / score.count)];
      return [
        el("svg:line", { class: kind, x1: LEFT, x2: RIGHT, y1: from, y2: to }),
        el("svg:circle", { class: kind, cx: LEFT, cy: from, r: 6 }),
        el("svg:circle", { class: kind, cx: RIGHT, cy: to, r: 6 }),
      ];
    }),
    ...side("before", LEFT, "end", -14),
    ...side("after", RIGHT, "start", 14),
  );
}

/** Both questions of a pair with the learner's answers, the right ones and why. */
function comparison(pair, { forms, answers, lessons, words, openLesson }) {
  // The name of a pair begins with that of its lesson.
  const lesson = lessons.find((one) => pair.pair.split("-")[0] === one.lesson);
  return el(
    "li",
    {},
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("span", { class: "quiz-pair-title" }, pair.items.after.title),
        el(
          "span",
          { class: "quiz-marks" },
          ...forms.map((form) => mark(pair.right[form], words(`quiz_${form}_short`), words)),
        ),
      ),
      el(
        "div",
        { class: "quiz-pair" },
        ...forms.map((form) =>
          answered(pair.items[form], answers[form][pair.pair], words(`quiz_${form}_short`), words),
        ),
      ),
      lesson
        ? el(
            "button",
            { type: "button", class: "link", onclick: () => openLesson(lesson.lesson) },
            words("quiz_lesson", { n: lesson.number, title: lesson.title }),
          )
        : null,
    ),
  );
}

function mark(right, form, words) {
  return el(
    "span",
    { class: right ? "quiz-mark right" : "quiz-mark wrong" },
    `${form} `,
    el("span", { "aria-hidden": "true" }, right ? "✓" : "✗"),
    el("span", { class: "unseen" }, words(right ? "quiz_is_right" : "quiz_is_wrong")),
  );
}

function answered(item, answer, form, words) {
  const { options, question } = item.ask;
  const chosen = options.find(({ id }) => id === answer);
  const right = options.find((option) => option.right);
  const html = (tag, className, content) => {
    const node = el(tag, { class: className });
    node.innerHTML = content;
    return node;
  };
  const line = (name, text) =>
    el("p", {}, el("strong", {}, `${words(name)} `), html("span", null, text));
  return el(
    "section",
    { "aria-label": form },
    el("h3", { class: "ask-kind" }, form),
    html("div", "quiz-situation", item.html),
    html("p", "question", question),
    line("quiz_yours", chosen?.text ?? words("quiz_not_sure")),
    ...(chosen && !chosen.right ? [html("p", "quiz-why wrong", chosen.feedback)] : []),
    ...(chosen?.right ? [] : [line("quiz_right_one", right.text)]),
    html("p", "quiz-why", right.feedback),
  );
}
