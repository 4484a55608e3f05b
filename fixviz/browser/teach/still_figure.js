/* A figure of a lesson as a picture, in which nobody answers. */

/** @import { Lesson, Source, Step } from "../course/types.d.ts" */

import { contextOf } from "../course/context.js";
import { makeFigure } from "../course/figures.js";

/**
 * Make the figure of a step.
 *
 * @param {Step} step
 * @param {object} options
 * @param {Lesson} options.lesson
 * @param {HTMLElement} options.root
 * @param {Source} options.source
 * @param {() => Promise<any>} options.pack
 * @param {boolean} options.answered
 */
export function stillFigure(step, { lesson, root, source, pack, answered }) {
  const context = contextOf(step.figure, {
    root,
    source,
    numbers: lesson.numbers,
    pack,
    answered,
    light: () => {},
    changed: () => {},
  });
  return makeFigure(step.figure, context);
}
