/* Choosing what a link shows: a step of a lesson, the quiz, or a view of the player. */

/** @import { Entry, TeachContext } from "./types.d.ts" */

import { el } from "../player/dom.js";
import { line, radios, select } from "./fields.js";

/** Quantities of the player that need no further choice, with the keys of their names. */
const QUANTITIES = {
  attention: "teach_show_attention",
  "ratio-query": "teach_show_ratio_query",
  "ratio-key": "teach_show_ratio_key",
  "neighbor-query": "teach_show_neighbor_query",
  "neighbor-key": "teach_show_neighbor_key",
  motion: "teach_show_motion",
};

/** The name of a language in that language. */
const nameOf = (code) =>
  new Intl.DisplayNames([code === "zh" ? "zh-Hans" : code], { type: "language" }).of(
    code === "zh" ? "zh-Hans" : code,
  );

export class Chooser {
  /**
   * @param {TeachContext} context
   * @param {any} course overview of the course
   * @param {any} manifest of the course's own run
   * @param {(entry: Entry) => void} onChange called with each choice
   */
  constructor(context, course, manifest, onChange) {
    this.context = context;
    this.course = course;
    this.manifest = manifest;
    this.onChange = onChange;
    const { data } = context;
    this.chosen = {
      what: "step",
      lesson: course.lessons[0].lesson,
      step: "",
      form: "before",
      sample: data.sample,
      models: data.models.map(({ name }) => name),
      show: "attention",
      layer: "",
      frame: "",
      language: data.language,
      on: "phone",
    };
    this.element = el("form", { class: "chooser", onsubmit: (event) => event.preventDefault() });
    this.#draw();
  }

  /**
   * @param {Partial<Chooser["chosen"]>} changes
   * @param {boolean} redraw whether other fields are needed
   */
  async #choose(changes, redraw = false) {
    Object.assign(this.chosen, changes);
    if (redraw) await this.#draw();
    else await this.#tell();
  }

  /** The lesson that is chosen, in the language of this page. */
  #lesson() {
    return this.context.json(`${this.context.data.language}/${this.chosen.lesson}.json`);
  }

  async #draw() {
    const { words } = this.context;
    const { chosen } = this;
    const focused = /** @type {any} */ (this.element.getRootNode()).activeElement?.id;
    const fields = {
      step: () => this.#stepFields(),
      quiz: () => [
        radios(
          words("quiz"),
          [
            ["before", words("quiz_before")],
            ["after", words("quiz_after")],
          ],
          chosen.form,
          (form) => this.#choose({ form }),
        ),
      ],
      view: () => this.#viewFields(),
    };
    const drawing = (this.drawing = Symbol(chosen.what));
    const own = await fields[chosen.what]();
    if (drawing !== this.drawing) return;
    const what = radios(
      words("teach_what"),
      [
        ["step", words("teach_what_step")],
        ["quiz", words("quiz")],
        ["view", words("teach_what_view")],
      ],
      chosen.what,
      (value) => this.#choose({ what: value }, true),
    );
    this.element.replaceChildren(
      what,
      ...own,
      select(
        words("language"),
        this.course.languages.map((code) => [code, nameOf(code)]),
        chosen.language,
        (language) => this.#choose({ language }),
      ),
      radios(
        words("teach_on"),
        [
          ["phone", words("teach_phone")],
          ["projector", words("teach_projector")],
        ],
        chosen.on,
        (on) => this.#choose({ on }),
      ),
    );
    if (chosen.what === "view" && chosen.language !== "en")
      this.element.append(el("p", { class: "hint" }, words("teach_player_english")));
    // Fields were made anew; a reader at the keyboard goes on where they were.
    if (focused) /** @type {any} */ (what).querySelector("input:checked")?.focus();
    await this.#tell();
  }

  async #stepFields() {
    const { words } = this.context;
    const { chosen, course } = this;
    const lesson = await this.#lesson();
    return [
      select(
        words("teach_lesson"),
        course.lessons.map((one) => [one.lesson, `${one.number}. ${one.title}`]),
        chosen.lesson,
        async (name) => {
          Object.assign(chosen, { lesson: name, step: "" });
          await this.#draw();
        },
      ),
      select(
        words("teach_step"),
        [
          ["", words("teach_whole_lesson")],
          ...lesson.steps.map(({ step, title }, i) => [step, `${i + 1}. ${title}`]),
        ],
        chosen.step,
        (step) => this.#choose({ step }),
      ),
    ];
  }

  #viewFields() {
    const { words, data } = this.context;
    const { chosen, manifest } = this;
    const layers = Math.max(...manifest.models.map((model) => model.layers));
    const last = manifest.frames.index.length - 1;
    const models = data.models.map(({ name, title }) => {
      const id = `teach-model-${name}`;
      const box = el("input", { type: "checkbox", id, checked: chosen.models.includes(name) });
      box.onchange = () => {
        const wanted = data.models
          .map((model) => model.name)
          .filter((one) => (one === name ? box.checked : chosen.models.includes(one)));
        // A view without a model would show the clip alone.
        if (!wanted.length) box.checked = true;
        else this.#choose({ models: wanted });
      };
      return el("span", { class: "radio" }, box, el("label", { for: id }, title));
    });
    return [
      select(
        words("teach_clip"),
        data.samples.map(({ name, title }) => [name, title]),
        chosen.sample,
        (sample) => this.#choose({ sample }),
      ),
      el(
        "fieldset",
        { class: "field" },
        el("legend", {}, words("teach_models")),
        el("div", { class: "radios" }, ...models),
      ),
      select(
        words("teach_quantity"),
        Object.entries(QUANTITIES).map(([show, key]) => [show, words(key)]),
        chosen.show,
        (show) => this.#choose({ show }),
      ),
      select(
        words("teach_layer"),
        [
          ["", words("teach_last_layer")],
          .../** @type {[string, string][]} */ (
            Array.from({ length: layers - 1 }, (_, i) => [String(i), String(i)])
          ),
        ],
        chosen.layer,
        (layer) => this.#choose({ layer }),
      ),
      line(words("teach_frame"), chosen.frame, (frame) => this.#choose({ frame }), {
        type: "number",
        min: 0,
        max: last,
        placeholder: words("teach_opening_frame"),
      }),
    ];
  }

  /** What is chosen as an entry of a plan. */
  async entry() {
    const { words, data } = this.context;
    const { chosen } = this;
    const shown = chosen.on === "projector" ? { present: "1" } : {};
    const common = { lang: chosen.language, ...shown };
    if (chosen.what === "quiz")
      return {
        title: words(chosen.form === "before" ? "quiz_before" : "quiz_after"),
        minutes: this.course.quiz.minutes,
        page: "course",
        parameters: { lesson: "quiz", step: chosen.form, ...common },
      };
    if (chosen.what === "view") {
      const all = data.models.length === chosen.models.length;
      const title = data.samples.find(({ name }) => name === chosen.sample)?.title ?? chosen.sample;
      const frame = /^\d{1,4}$/.test(chosen.frame) ? { frame: chosen.frame } : {};
      return {
        title: words("teach_view_of", { title, quantity: words(QUANTITIES[chosen.show]) }),
        minutes: 5,
        page: "watch",
        parameters: {
          sample: chosen.sample,
          ...(chosen.show === "attention" ? {} : { show: chosen.show }),
          ...(all ? {} : { models: chosen.models.join(".") }),
          ...(chosen.layer ? { layer: chosen.layer } : {}),
          ...frame,
          ...common,
        },
      };
    }
    const lesson = await this.#lesson();
    const step = lesson.steps.find((one) => one.step === chosen.step);
    return {
      title: step ? `${lesson.title}: ${step.title}` : lesson.title,
      minutes: step ? 5 : lesson.minutes,
      page: "course",
      parameters: { lesson: chosen.lesson, ...(step ? { step: step.step } : {}), ...common },
    };
  }

  async #tell() {
    const entry = /** @type {Entry} */ (await this.entry());
    this.onChange(entry);
  }
}
