/* The quiz of a class: before against after, each question's answers, and the most frequent mistakes. */

import { el } from "../player/dom.js";
import { percent } from "../player/format.js";
import { FORMS, OPEN, frequentMistakes, quizGain, quizQuestions } from "./class_data.js";
import { html, spread } from "./spread.js";

const MOST_MISTAKES = 6;
const UNSURE = "unsure";
const WIDTH = 480;
const ROW = 40;
const MARGIN = { left: 66, right: 24, top: 10, bottom: 34 };

const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(1)}`.replace("-", "−");

/** The parts of the page that are about the quiz; none where nobody took it. */
export function quizResults(quiz, learners, words) {
  const questions = quizQuestions(quiz.steps, learners);
  if (!questions.some(({ spread: counted }) => FORMS.some((form) => counted[form].asked)))
    return [];
  const groups = [
    { key: "quiz_core", items: quiz.steps.filter(({ transfer }) => !transfer) },
    { key: "quiz_new", items: quiz.steps.filter(({ transfer }) => transfer) },
  ];
  return [
    el(
      "section",
      { class: "class-gain" },
      el("h2", {}, words("teach_gain")),
      el("div", { class: "gains" }, ...groups.map((group) => gain(group, learners, words))),
      el("p", { class: "hint" }, words("teach_gain_hint")),
    ),
    el(
      "section",
      { class: "class-questions" },
      el("h2", {}, words("teach_questions")),
      ...questions.map((question) => questionResults(question, words)),
    ),
  ];
}

/** The gain of a group of questions, in words and as two rows of dots, one for each score. */
function gain({ key, items }, learners, words) {
  const { count, scores, gain: found } = quizGain(items, learners);
  if (!found) return el("div", {}, el("h3", {}, words(key)), el("p", {}, words("teach_gain_none")));
  const text = Number.isNaN(found.low)
    ? words("teach_gain_one", { gain: signed(found.mean), count })
    : words("teach_gain_of", {
        n: found.count,
        gain: signed(found.mean),
        low: signed(found.low),
        high: signed(found.high),
        count,
      });
  return el(
    "div",
    {},
    el("h3", {}, words(key)),
    el("p", {}, text),
    dots(scores, count, text, words),
  );
}

/** A dot for each number of right answers, as large as many learners have it; a line marks the mean. */
function dots(scores, count, text, words) {
  const height = MARGIN.top + 2 * ROW + MARGIN.bottom;
  const x = (value) => MARGIN.left + (value / count) * (WIDTH - MARGIN.left - MARGIN.right);
  const rows = FORMS.flatMap((form, i) => {
    const values = scores.map((pair) => pair[i]);
    const y = MARGIN.top + (i + 0.5) * ROW;
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const found = Array.from(
      { length: count + 1 },
      (_, value) => values.filter((v) => v === value).length,
    );
    return [
      el(
        "svg:text",
        { class: "title", x: MARGIN.left - 12, y: y + 5, "text-anchor": "end" },
        words(`quiz_${form}_short`),
      ),
      el("svg:line", { class: "rule", x1: x(0), x2: x(count), y1: y, y2: y }),
      ...found.flatMap((many, value) =>
        many
          ? [
              el("svg:circle", {
                class: `score ${form}`,
                cx: x(value),
                cy: y,
                r: 3 + 13 * Math.sqrt(many / values.length),
              }),
            ]
          : [],
      ),
      el("svg:line", { class: "mean", x1: x(mean), x2: x(mean), y1: y - 16, y2: y + 16 }),
    ];
  });
  const bottom = MARGIN.top + 2 * ROW;
  const numbers = Array.from({ length: count + 1 }, (_, value) =>
    el("svg:text", { x: x(value), y: bottom + 14, "text-anchor": "middle" }, String(value)),
  );
  return el(
    "svg:svg",
    { class: "plot gain-dots", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": text },
    ...rows,
    ...numbers,
    el(
      "svg:text",
      { class: "title", x: x(count), y: height - 4, "text-anchor": "end" },
      words("teach_correct_of", { count }),
    ),
  );
}

/** Both forms of a question with how the answers spread. */
function questionResults({ items, spread: counted, paired }, words) {
  const share = (form) =>
    counted[form].asked
      ? `${words(`quiz_${form}_short`)} ${percent(counted[form].right / counted[form].asked)}`
      : null;
  return el(
    "details",
    { class: "class-question" },
    el(
      "summary",
      {},
      el("span", { class: "question-title" }, items.before.title),
      el("span", { class: "shares" }, FORMS.map(share).filter(Boolean).join(" → ")),
    ),
    paired.count
      ? el("p", { class: "hint" }, words("teach_paired", { n: paired.count, ...paired }))
      : null,
    el(
      "div",
      { class: "two-forms" },
      ...FORMS.map((form) => {
        const { asked, counts } = counted[form];
        const { html: situation, ask } = items[form];
        const known = [...ask.options.map(({ id }) => id), UNSURE];
        const others = [...counts].filter(([id]) => id === OPEN || !known.includes(id));
        return el(
          "section",
          { "aria-label": words(`quiz_${form}_short`) },
          el(
            "h3",
            { class: "ask-kind" },
            `${words(`quiz_${form}_short`)} · ${words("teach_answered", { n: asked })}`,
          ),
          html("div", "quiz-situation", situation),
          html("p", "question", ask.question),
          spread(
            [
              ...ask.options.map((option) => ({ ...option, count: counts.get(option.id) ?? 0 })),
              { text: words("quiz_not_sure"), right: false, count: counts.get(UNSURE) ?? 0 },
              {
                text: words("teach_no_answer"),
                right: false,
                count: others.reduce((sum, [, count]) => sum + count, 0),
              },
            ],
            asked,
            words,
          ),
        );
      }),
    ),
  );
}

/** The most frequent mistakes of quiz and lessons. */
export function mistakes({ quiz, lessons, learners, words }) {
  const found = frequentMistakes({ items: quiz.steps, lessons, learners, most: MOST_MISTAKES });
  if (!found.length) return [];
  return [
    el(
      "section",
      { class: "class-mistakes" },
      el("h2", {}, words("teach_mistakes")),
      el(
        "ol",
        {},
        ...found.map(({ where, form, question, text, feedback, count, asked }) =>
          el(
            "li",
            {},
            el(
              "p",
              { class: "mistake-where" },
              form ? `${words("quiz")}, ${words(`quiz_${form}_short`)}: ${where}` : where,
            ),
            html("p", "mistake-question", question),
            el(
              "p",
              {},
              el("strong", {}, `${percent(count / asked)} `),
              words("teach_of", { n: count, count: asked }),
              " · ",
              html("strong", null, text),
            ),
            feedback ? html("p", "hint", feedback) : null,
          ),
        ),
      ),
    ),
  ];
}
