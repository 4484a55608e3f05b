/* Finds and makes the figures of the lessons. */

/** @import { CourseFigure, FigureContext, FigureDescription } from "./types.d.ts" */

/** The module and the function of a figure, such as figures/token_grid.js and tokenGrid. */
export function namesOf(figure) {
  return {
    module: `./figures/${figure.replaceAll("-", "_")}.js`,
    exported: figure.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()),
  };
}

/**
 * Make a figure.
 *
 * @param {FigureDescription} description
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function makeFigure(description, context) {
  const { module, exported } = namesOf(description.name);
  const found = await import(new URL(module, import.meta.url).href);
  return found[exported](context);
}
