/* Answers over time: what the clip is known to show, and below it for each model whether it answers
   that, window by window. */

/** @import { Manifest } from "./types.d.ts" */

import { Definition } from "./definition.js";
import { el, icon } from "./dom.js";
import { percent } from "./format.js";
import { room } from "./timeline.js";
import { answerOf, markOf, motionsOf, windowStretches } from "./verdict.js";

const NOTHING = "no motion labeled";

/** Left edge and width of a stretch of frames in percent of the time axis, whose ends are the first and last frame. */
export function placeOf({ first, last }, frames) {
  const length = Math.max(1, frames - 1);
  const share = (frame) => (100 * Math.min(length, Math.max(0, frame))) / length;
  const left = frames > 1 ? share(first - 0.5) : 0;
  const right = frames > 1 ? share(last + 0.5) : 100;
  return { left, width: right - left };
}

/**
 * What a window's cell says when pointed at.
 *
 * @param {import("./types.d.ts").Model} model
 * @param {{ window: number, first: number, last: number }} stretch
 */
export function cellText(model, { window, first, last }) {
  const answer = answerOf(model, window);
  const shown = model.window_truth?.[window] ?? null;
  const said = `Frames ${first} to ${last}: answers “${answer.name}” (${percent(answer.probability)})`;
  if (shown === null) return `${said}; ${NOTHING}`;
  const mark = markOf(answer) ?? "not one of its classes";
  return `${said}; the window shows “${shown}”: ${mark}`;
}

/** How often a model answers correctly: the text alternative of its row. */
export function rowText(model) {
  const marks = windowStretches(model).map(({ window }) => markOf(answerOf(model, window)));
  const judged = marks.filter(Boolean);
  const correct = judged.filter((mark) => mark === "correct");
  return `${model.title}: ${correct.length} of ${judged.length} windows correct`;
}

export class Answers {
  /**
   * @param {Manifest} manifest whose truth is known
   * @param {object} options
   * @param {string[]} options.how what counts as correct
   * @param {(frame: number) => void} options.onFrame a window or motion was clicked
   */
  constructor(manifest, { how, onFrame }) {
    this.frames = manifest.frames.index.length;
    this.onFrame = onFrame;
    this.motions = motionsOf(manifest).map((motion) => this.#motion(motion));
    this.rows = manifest.models.map((model) =>
      windowStretches(model).map((s) => this.#cell(model, s)),
    );
    const listed = this.motions.map(
      ({ name, first, last }) => `${name} in frames ${first} to ${last}`,
    );
    this.element = el(
      "figure",
      {
        class: "answers",
        style: `--gutter-names: ${room(manifest.models.map((model) => model.name))}px`,
      },
      el(
        "figcaption",
        {},
        new Definition("Answers over time", how).element,
        " ",
        el("span", { class: "subtitle" }, `✓ correct, ✕ wrong, empty: ${NOTHING}`),
      ),
      el(
        "div",
        {
          class: "answers-row motions",
          role: "img",
          "aria-label": `The clip shows ${listed.join(", ")}`,
        },
        ...this.motions.map(({ node }) => node),
      ),
      ...manifest.models.map((model, i) =>
        el(
          "div",
          { class: "answers-line", style: `--line: var(--line-${i})` },
          el("span", { class: "dot", "aria-hidden": "true" }),
          el(
            "div",
            { class: "answers-row", role: "img", "aria-label": rowText(model) },
            ...this.rows[i].map(({ node }) => node),
          ),
          el("span", { class: "answers-name", "aria-hidden": "true" }, model.name),
        ),
      ),
    );
  }

  /** Mark the motion and the windows of a frame. */
  showFrame(frame) {
    if (frame === this.shown) return;
    this.shown = frame;
    for (const { node, first, last } of [...this.motions, ...this.rows.flat()])
      node.classList.toggle("current", first <= frame && frame <= last);
  }

  #stretch(stretch, attributes, ...children) {
    const { left, width } = placeOf(stretch, this.frames);
    const style = `left: ${left.toFixed(3)}%; width: ${width.toFixed(3)}%`;
    const onclick = () => this.onFrame(Math.floor((stretch.first + stretch.last) / 2));
    return el("span", { ...attributes, style, onclick }, ...children);
  }

  #motion(motion) {
    const { name, first, last } = motion;
    const title = `${name}: frames ${first} to ${last}`;
    return { ...motion, node: this.#stretch(motion, { class: "motion", title }, name) };
  }

  #cell(model, stretch) {
    const mark = markOf(answerOf(model, stretch.window));
    const attributes = { class: `answer ${mark ?? "open"}`, title: cellText(model, stretch) };
    return { ...stretch, node: this.#stretch(stretch, attributes, mark ? icon(mark) : null) };
  }
}
