/* One step of a lesson on paper. */

/** @import { Ask, Lesson, Step } from "../course/types.d.ts" */

import { el } from "../player/dom.js";
import { contextOf } from "../course/context.js";
import { makeFigure } from "../course/figures.js";

/** Lines to write on, by how the question is answered. */
const LINES = { choice: 0, number: 1, figure: 1, text: 5 };

/** Take the buttons of terms out of a text: paper explains nothing on a click. */
export function withoutTerms(node) {
  for (const term of node.querySelectorAll("button.term")) term.replaceWith(term.textContent);
  return node;
}

function html(tag, className, content) {
  const node = el(tag, { class: className });
  node.innerHTML = content;
  return withoutTerms(node);
}

export class SheetStep {
  /**
   * @param {Step} step
   * @param {number} number
   * @param {object} options
   * @param {Lesson} options.lesson
   * @param {(key: string, values?: object) => string} options.words
   * @param {boolean} options.answers whether it tells the answers
   */
  constructor(step, number, { lesson, words, answers }) {
    this.step = step;
    this.lesson = lesson;
    this.words = words;
    this.answers = answers;
    this.stage = step.figure
      ? el(
          "div",
          {
            class: `figure figure-${step.figure.name} sheet-figure`,
            role: "group",
            "aria-label": step.figure.alt,
            inert: true,
          },
          el("p", { class: "hint" }, words("loading")),
        )
      : null;
    this.element = el(
      "section",
      { class: step.figure ? "sheet-step" : "sheet-step plain-sheet", "data-step": step.step },
      el("h2", {}, `${number}. ${step.title}`),
      this.stage,
      el(
        "div",
        { class: "sheet-words" },
        html("div", "step-text", step.html),
        step.ask ? this.#ask(step.ask) : null,
      ),
    );
  }

  close() {
    this.closed = true;
    this.figure?.close?.();
  }

  /** Draw the figure as a still picture. A figure that cannot be made leaves its description. */
  async draw({ root, source, pack }) {
    const { step, lesson, answers } = this;
    if (!step.figure) return;
    try {
      const figure = await makeFigure(
        step.figure,
        contextOf(step.figure, {
          root,
          source,
          numbers: lesson.numbers,
          pack,
          answered: answers,
          light: () => {},
          changed: () => {},
        }),
      );
      if (this.closed) {
        figure.close?.();
        return;
      }
      this.figure = figure;
      this.stage.replaceChildren(figure.element);
      if (answers) figure.reveal?.();
    } catch (error) {
      console.error(error);
      if (!this.closed) this.stage.replaceChildren(el("p", {}, step.figure.alt));
    }
  }

  /** @param {Ask} ask */
  #ask(ask) {
    const { words, answers } = this;
    const label = { predict: "prediction", exercise: "exercise", free: "free_play" }[ask.kind];
    return el(
      "div",
      { class: "sheet-ask" },
      el("p", { class: "ask-kind" }, words(label)),
      html("div", "question", ask.question),
      ...(answers ? this.#answer(ask) : this.#room(ask)),
    );
  }

  /** Room for the answer. */
  #room(ask) {
    const { words } = this;
    const options = (ask.options ?? []).map(({ text }) =>
      el("li", {}, el("span", { class: "box" }), html("span", null, text)),
    );
    const lines = Array.from({ length: LINES[ask.by] ?? 0 }, () =>
      el(
        "div",
        { class: "write" },
        ask.unit && ask.by === "number" ? el("span", {}, ask.unit) : "",
      ),
    );
    return [
      ask.by === "figure" ? el("p", { class: "hint" }, words("teach_in_figure")) : null,
      options.length ? el("ul", { class: "sheet-options" }, ...options) : null,
      ...lines,
    ].filter(Boolean);
  }

  /** The right answer, and what is wrong about the others. */
  #answer(ask) {
    const { words } = this;
    const right = (text) =>
      el("p", { class: "sheet-right" }, el("strong", {}, `✓ ${words("right")} `), text);
    if (ask.by === "choice") {
      const judged = ask.options.some((option) => option.right);
      return [
        el(
          "ul",
          { class: "sheet-options" },
          ...ask.options.map((option) =>
            el(
              "li",
              { class: option.right ? "is-right" : null },
              el("span", { class: "box" }, option.right ? "✓" : judged ? "✗" : "·"),
              el(
                "span",
                {},
                html("strong", null, option.text),
                " ",
                html("span", null, option.feedback),
              ),
            ),
          ),
        ),
      ];
    }
    const { right: why, ...wrong } = ask.feedback ?? {};
    const value =
      ask.by === "number" ? `${Number(ask.answer.toPrecision(4))} ${ask.unit ?? ""}` : "";
    const others = [
      ...(ask.mistakes ?? []).map(({ answer, feedback }) =>
        el(
          "li",
          {},
          el("strong", {}, `${Number(answer.toPrecision(4))}: `),
          html("span", null, feedback),
        ),
      ),
      ...Object.values(wrong).map((text) => html("li", null, text)),
    ];
    const rubric = (ask.rubric ?? []).map((text) => html("li", null, text));
    return [
      why ? right(el("span", {}, value && `${value}. `, html("span", null, why))) : null,
      !why && value ? right(value) : null,
      others.length ? el("p", { class: "sheet-why" }, words("teach_wrong")) : null,
      others.length ? el("ul", { class: "sheet-others" }, ...others) : null,
      rubric.length ? el("p", { class: "sheet-why" }, words("compare_with")) : null,
      rubric.length ? el("ul", { class: "sheet-others" }, ...rubric) : null,
    ].filter(Boolean);
  }
}
