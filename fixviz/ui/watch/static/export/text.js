/* Text of a figure. Whoever opens an SVG file may not have the fonts of this browser, so a figure names fonts that are
   everywhere, and every text has room for the widest of them. */

/** Fonts of all figures: Arial or its equals, else what the program has. */
export const FONT = 'Arial, Helvetica, "Liberation Sans", sans-serif';

/** How much wider than in Arial a text may become: in DejaVu Sans and Verdana, ordinary words take 1.15 to 1.25 times as much. */
export const ROOM = 1.25;

/** Room in pixels that a text needs, as `measure(text, size, weight)`. */
export function textMeasure() {
  const context = document.createElement("canvas").getContext("2d");
  return (text, size, weight = 400) => {
    context.font = `${weight} ${size}px ${FONT}`;
    return ROOM * context.measureText(text).width;
  };
}

/** Lines of a text that are at most `width` wide, broken between words. */
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

/** The text, or as much of its beginning as is at most `width` wide. */
export function shorten(text, width, measure) {
  if (measure(text) <= width) return text;
  let end = text.length;
  while (end > 0 && measure(`${text.slice(0, end)}…`) > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
