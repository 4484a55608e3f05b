/* Puts values into the texts of the reader's language. */

/** Fill the {places} of a text; a place without a value stays as it is, so that a missing one is seen. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );
}

/** A function that returns the text of a key with its places filled; a missing key shows itself. */
export function teller(words) {
  return (key, values = {}) => fill(words[key] ?? key, values);
}
