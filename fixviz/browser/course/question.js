/* The question of a step: a choice, a number, an answer in the figure, or a text; with feedback that names the
   mistake. */

/** @import { Answered, Ask, CourseFigure } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { judge, readNumber } from "./numbers.js";

let count = 0;

export class Question {
  /**
   * @param {Ask} ask
   * @param {object} options
   * @param {(key: string, values?: object) => string} options.words
   * @param {Answered | null} options.answered an earlier answer
   * @param {(answer: any, outcome: string) => void} options.keep
   * @param {(text: string) => void} options.announce
   */
  constructor(ask, { words, answered, keep, announce }) {
    this.ask = ask;
    this.words = words;
    this.answered = answered;
    this.keep = keep;
    this.announce = announce;
    /** @type {CourseFigure | null} */
    this.figure = null;
    this.id = `course-question-${count++}`;
    this.feedback = el("div", { class: "feedback", hidden: true });
    this.check = el("button", { type: "button", class: "main", onclick: () => this.#check() });
    this.showAnswer = el(
      "button",
      { type: "button", class: "plain", hidden: true, onclick: () => this.giveAway() },
      words("show_answer"),
    );
    const label = { predict: "prediction", exercise: "exercise", free: "free_play" }[ask.kind];
    const question = el("div", { class: "question", id: this.id });
    question.innerHTML = ask.question;
    this.body = this.#body();
    this.element = el(
      "section",
      { class: `ask ${ask.kind}`, "aria-label": words(label) },
      el("h3", { class: "ask-kind" }, words(label)),
      ask.by === "choice" ? null : question,
      this.body,
      ask.by ? el("div", { class: "ask-buttons" }, this.check, this.showAnswer) : null,
      this.feedback,
    );
    this.check.textContent = words(
      ask.kind === "predict" ? "reveal" : ask.by === "text" ? "done" : "check",
    );
    if (answered && ask.by && ask.by !== "figure") this.#put(answered);
  }

  /** Whether the reader has seen the truth. */
  get told() {
    return Boolean(this.answered);
  }

  /**
   * The figure is there: answers in it can be given.
   *
   * @param {CourseFigure} figure
   */
  connect(figure) {
    this.figure = figure;
    if (this.ask.by === "figure" && this.answered) this.#put(this.answered);
    else if (this.answered) figure.reveal?.();
  }

  /** The reader changed their answer in the figure. */
  figureChanged() {
    if (this.ask.by !== "figure") return;
    this.feedback.hidden = true;
    this.#ready();
  }

  #ready() {
    this.check.classList.remove("used");
  }

  #body() {
    const { ask, words } = this;
    if (ask.by === "choice") return this.#choices();
    if (ask.by === "number") {
      this.input = el("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        class: "number",
        "aria-labelledby": this.id,
        oninput: () => this.#ready(),
        // A handler that returned false would keep the key from the field.
        onkeydown: (event) => {
          if (event.key === "Enter") this.#check();
        },
      });
      return el(
        "div",
        { class: "number-line" },
        this.input,
        ask.unit ? el("span", {}, ask.unit) : null,
      );
    }
    if (ask.by === "text") {
      this.input = el("textarea", {
        rows: 4,
        "aria-labelledby": this.id,
        oninput: () => this.#ready(),
      });
      return this.input;
    }
    if (ask.by === "figure") return el("p", { class: "hint" }, words("answer_in_figure"));
    return null;
  }

  #choices() {
    const name = `${this.id}-choice`;
    this.inputs = this.ask.options.map(({ id }) => {
      const input = el("input", { type: "radio", name, id: `${name}-${id}` });
      input.value = id;
      input.onchange = () => {
        this.feedback.hidden = true;
        this.#ready();
      };
      return input;
    });
    const legend = el("legend", { class: "question" });
    legend.innerHTML = this.ask.question;
    return el(
      "fieldset",
      { class: "options" },
      legend,
      ...this.ask.options.map(({ text }, i) => {
        const label = el("label", { for: this.inputs[i].id });
        label.innerHTML = text;
        return el("div", { class: "option" }, this.inputs[i], label);
      }),
    );
  }

  /** The reader's answer, or null where there is none yet. */
  #answer() {
    const { by } = this.ask;
    if (by === "choice") return this.inputs.find((input) => input.checked)?.value ?? null;
    if (by === "number") {
      const value = readNumber(this.input.value);
      return Number.isNaN(value) ? null : value;
    }
    if (by === "text") return this.input.value.trim() || null;
    return this.figure?.answer?.() ?? null;
  }

  #outcome(answer) {
    const { ask } = this;
    if (ask.by === "choice") {
      const option = ask.options.find(({ id }) => id === answer);
      return option?.right ? "right" : answer;
    }
    if (ask.by === "number") return judge(answer, /** @type {any} */ (ask));
    if (ask.by === "text") return "written";
    return this.figure.check?.(answer) ?? "right";
  }

  #textFor(outcome, answer) {
    const { ask } = this;
    if (ask.by === "choice") return ask.options.find(({ id }) => id === answer)?.feedback ?? "";
    if (outcome.startsWith("mistake-") && ask.by === "number")
      return ask.mistakes[Number(outcome.slice(8))].feedback;
    return ask.feedback?.[outcome] ?? "";
  }

  #check() {
    const answer = this.#answer();
    if (answer === null) {
      const missing = { choice: "choose_first", number: "number_first", text: "write_first" };
      this.#say("", this.words(missing[this.ask.by] ?? "answer_first"), "missing");
      return;
    }
    const outcome = this.#outcome(answer);
    this.keep(answer, outcome);
    this.answered = {
      answer,
      outcome,
      tries: (this.answered?.tries ?? 0) + 1,
      first: this.answered?.first ?? outcome,
      firstAnswer: this.answered ? this.answered.firstAnswer : answer,
    };
    this.#tell(this.answered);
    const revealed = this.ask.kind !== "exercise" || outcome === "right";
    if (revealed) this.figure?.reveal?.();
  }

  /** Show an answer that was given before. */
  #put(answered) {
    const { by } = this.ask;
    if (by === "choice")
      this.inputs.forEach((input) => (input.checked = input.value === answered.answer));
    else if (by === "number" || by === "text") this.input.value = String(answered.answer);
    else this.figure?.show?.(answered.answer);
    this.#tell(answered, false);
    if (this.ask.kind !== "exercise" || answered.outcome === "right") this.figure?.reveal?.();
  }

  #tell({ answer, outcome }, aloud = true) {
    const { ask, words } = this;
    const right = outcome === "right";
    const judged = ask.by !== "text" && (ask.kind !== "free" || this.#hasRight());
    const head = !judged
      ? ""
      : right
        ? words("right")
        : ask.kind === "predict"
          ? words("see_gap")
          : words("not_yet");
    const text = this.#textFor(outcome, answer);
    this.#say(head, text, !judged ? "told" : right ? "right" : "wrong");
    if (ask.rubric && ask.by === "text") this.#compare();
    this.check.classList.add("used");
    this.showAnswer.hidden =
      right || ask.kind !== "exercise" || (ask.by === "figure" && !this.figure?.reveal);
    if (aloud) this.announce(this.feedback.textContent ?? "");
  }

  /** List what a good text says. */
  #compare() {
    const list = el("ul");
    list.innerHTML = this.ask.rubric.map((line) => `<li>${line}</li>`).join("");
    this.feedback.append(el("p", {}, this.words("compare_with")), list);
  }

  #hasRight() {
    const { ask } = this;
    return ask.by !== "choice" || ask.options.some(({ right }) => right);
  }

  #say(head, html, kind) {
    const text = el("div", { class: "feedback-text" });
    text.innerHTML = html;
    this.feedback.className = `feedback ${kind}`;
    this.feedback.hidden = false;
    this.feedback.replaceChildren(
      ...(head ? [el("strong", { class: "feedback-head" }, head)] : []),
      text,
    );
    if (kind === "missing") this.announce(text.textContent ?? "");
  }

  /** Show the right answer to a reader who asks for it. */
  giveAway() {
    const { ask } = this;
    this.showAnswer.hidden = true;
    const why = ask.feedback?.right ?? "";
    if (ask.by === "choice") {
      const right = ask.options.find((option) => option.right);
      if (!right) return;
      this.inputs.forEach((input) => (input.checked = input.value === right.id));
      this.#say(this.words("the_answer"), right.feedback, "told");
    } else if (ask.by === "number") {
      this.input.value = String(Number(ask.answer.toPrecision(4)));
      this.#say(this.words("the_answer"), why, "told");
    } else if (ask.by === "figure") {
      this.#say(this.words("the_answer"), why, "told");
    } else if (ask.rubric) {
      this.#say("", "", "told");
      this.#compare();
    } else return;
    this.figure?.reveal?.();
    this.announce(this.feedback.textContent ?? "");
  }
}
