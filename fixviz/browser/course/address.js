/* The place in the course as query parameters of the page's URL: lesson, step, lang, run. */

/** Read the place from a query string. */
export function placeOf(search) {
  const parameters = new URLSearchParams(search);
  return { lesson: parameters.get("lesson"), step: parameters.get("step") };
}

/** The query string with another place in it; other parameters stay. */
export function searchOf(search, { lesson, step }) {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries({ lesson, step })) {
    if (value === null || value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/**
 * Write the place to the address bar. Another lesson gets an entry in the history, so that the browser's
 * back button leads to the one before; another step does not.
 *
 * @param {{ lesson: string | null, step: string | null }} place
 */
export function writePlace(place) {
  const before = placeOf(location.search);
  const search = searchOf(location.search, place);
  if (search === location.search) return;
  const url = `${location.pathname}${search}${location.hash}`;
  // The app's own script keeps one entry for a page; here each lesson is one.
  const write =
    before.lesson === place.lesson ? History.prototype.replaceState : History.prototype.pushState;
  write.call(history, history.state, "", url);
}
