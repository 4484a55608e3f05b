/* The view in the page's address: query parameters after the # (run.html#frame=9&show=attention), or after a ?. */

/**
 * The query parameters of a URL; those after the # count more.
 *
 * @param {Pick<Location, "search" | "hash">} url
 * @returns {Record<string, string>}
 */
export function parametersOf({ search, hash }) {
  return Object.fromEntries([
    ...new URLSearchParams(search),
    ...new URLSearchParams(hash.replace(/^#/, "")),
  ]);
}

/** Write a view after the #, without another entry in the history. */
export function writeParameters(parameters) {
  try {
    history.replaceState(history.state, "", `#${new URLSearchParams(parameters)}`);
  } catch {
    // Some viewers of mails show a page that may not change its address; the view is not kept then.
  }
}
