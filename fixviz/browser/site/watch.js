/* The player as a page of the site: a choice of sample clips, or the run of the one that the URL names. */

import { fill } from "../course/words.js";
import { el } from "../player/dom.js";
import { ViewerPlace } from "../player/place.js";
import { componentPlace, onTheme, pageData } from "./page.js";

const { samples, words, help, verdict } = pageData();
const chooser = document.querySelector(".chooser");

/** The query parameters of the page without those that name no view. */
function viewOf(search) {
  const view = new URLSearchParams(search);
  for (const name of ["sample", "lang"]) view.delete(name);
  return Object.fromEntries(view);
}

function open(name) {
  const { run, title, facts } = samples[name];
  const head = el(
    "div",
    { class: "watch-head" },
    el("h1", {}, title),
    el(
      "details",
      {},
      el("summary", {}, words.about),
      el(
        "dl",
        { lang: "en" },
        ...facts.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]),
      ),
    ),
    el("a", { href: "watch.html" }, words.other_clip),
  );
  chooser.replaceWith(head);
  document.title = `${title} · fixviz`;
  const place = new ViewerPlace(componentPlace(head));
  // Its words are English in every language.
  place.root.lang = "en";
  const onView = (view) => {
    const search = new URLSearchParams({ sample: name, ...view });
    history.replaceState(history.state, "", `?${search}`);
  };
  const parameters = viewOf(location.search);
  place.open(run, () => ({ parameters, help, verdict, whatIf: null, onView, onWhatIf() {} }));
  onTheme(() => place.takeColors());
}

const wanted = new URLSearchParams(location.search).get("sample");
if (wanted && Object.hasOwn(samples, wanted)) open(wanted);
else if (wanted)
  document.querySelector(".chooser .failed").textContent = fill(words.no_sample, { name: wanted });
