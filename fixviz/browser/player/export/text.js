/* Measures and breaks the text of a figure. A program that opens an SVG file may lack the fonts of this
   browser, so a figure names common fonts, and every text has room for the widest of them. */

/** @import { Measure } from "../types.d.ts" */

/** The fonts of all figures: Arial or an equivalent, else any sans-serif font. */
export const FONT = 'Arial, Helvetica, "Liberation Sans", sans-serif';

/** How much wider than in Arial a text may be: 1.15 to 1.25 times in DejaVu Sans and Verdana. */
export const ROOM = 1.25;

/**
 * A function that measures the room for a text.
 *
 * @returns {Measure}
 */
export function textMeasure() {
  const context = document.createElement("canvas").getContext("2d");
  return (text, size, weight = 400) => {
    context.font = `${weight} ${size}px ${FONT}`;
    return ROOM * context.measureText(text).width;
  };
}

/**
 * Break a text between words into lines of at most `width`; a longer word has a line of its own.
 *
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} measure
 */
export function wrap(text, width, measure) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && measure(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Shorten a text to at most `width`, with an ellipsis at its end where something is left out. */
export function shorten(text, width, measure) {
  if (measure(text) <= width) return text;
  let end = text.length;
  while (end > 0 && measure(`${text.slice(0, end)}…`) > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
