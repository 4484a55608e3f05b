/* Where the player's styles and workers come from: beside its modules, or, in a page that is one file, from
   that file itself. */

/** @type {Record<string, string>} */
let provided = {};

/**
 * Give URLs of files that do not lie beside the modules.
 *
 * @param {Record<string, string>} urls by path below the folder of the browser's files, such as "player/styles.css"
 */
export function provideFiles(urls) {
  provided = { ...provided, ...urls };
}

/** The URL of a style or worker by its path, such as "player/attention/worker.js". */
export function fileUrl(path) {
  return provided[path] ?? new URL(`../${path}`, import.meta.url).href;
}

/** Start a worker by its path. One that was provided has no imports, and is no module. */
export function startWorker(path) {
  return new Worker(fileUrl(path), { type: path in provided ? "classic" : "module" });
}
