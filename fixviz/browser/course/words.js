/* Puts values into the texts of the reader's language. */

/** Fill the {places} of a text; a place without a value stays as it is, so that a missing one is seen. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );
}

/** The tag of a course's language for `lang`, by which browsers choose fonts and voices. */
export function languageTag(language) {
  return language === "zh" ? "zh-Hans" : language;
}

/** A function that returns the text of a key with its places filled; a missing key shows itself. */
export function teller(words) {
  return (key, values = {}) => fill(words[key] ?? key, values);
}
