/* Entry point of a run that is one file: the player on the run that the page carries. Nothing is fetched. */

import { el, loadStyles } from "../player/dom.js";
import { fileUrl, provideFiles } from "../player/files.js";
import { Parts } from "../player/loader.js";
import { Viewer } from "../player/viewer.js";
import { parametersOf, writeParameters } from "./address.js";
import { PageSource } from "./source.js";

const OLD_BROWSER =
  "This file needs a newer browser: Chrome or Edge from 2023 on, Firefox 113, or Safari 16.4.";

/** URLs of the styles and workers that the page carries as texts. */
function urlsOf(files) {
  const urls = Object.entries(files).map(([path, text]) => {
    const type = path.endsWith(".css") ? "text/css" : "text/javascript";
    return [path, URL.createObjectURL(new Blob([text], { type }))];
  });
  return Object.fromEntries(urls);
}

async function open(body) {
  const { files, manifest, view, help, verdict } = JSON.parse(
    document.getElementById("data").textContent,
  );
  provideFiles(urlsOf(files));
  const { link, ready } = loadStyles(fileUrl("player/styles.css"));
  body.before(link);
  if (typeof DecompressionStream === "undefined") throw new Error(OLD_BROWSER);
  const parts = new Parts(new PageSource(manifest));
  const known = await parts.manifest();
  await ready;
  let asked = location.href;
  const viewer = new Viewer(known, parts, {
    parameters: { ...view, ...parametersOf(location) },
    help,
    verdict,
    whatIf: null,
    onView: (parameters) => {
      writeParameters(parameters);
      asked = location.href;
    },
    onWhatIf: () => {},
  });
  body.replaceChildren(viewer.element);
  viewer.redraw({ curves: true });
  // Somebody has followed a link to another view of this file.
  addEventListener("hashchange", () => {
    if (location.href !== asked) viewer.show(parametersOf(location));
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => viewer.redraw({ curves: true }));
}

const body = document.getElementById("viewer");
open(body).catch((error) => {
  body.replaceChildren(
    el(
      "div",
      { class: "waiting failed", role: "alert" },
      el("strong", {}, "This run cannot be shown."),
      el("span", {}, error.message),
    ),
  );
});
