/* What all pages of the site share: the choice of the color theme, links to the same place in another language, and
   the data that stands in the page. */

const DARK = matchMedia("(prefers-color-scheme: dark)");

function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`fixviz.${name}`);
    else localStorage.setItem(`fixviz.${name}`, value);
  } catch {
    // A forbidden storage: the choice lasts as long as the page.
  }
}

/** What the page's modules need, as Python wrote it. */
export function pageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}

/** Call a function whenever the colors of the page have changed. */
export function onTheme(changed) {
  document.addEventListener("fixviz:theme", changed);
}

/**
 * A place for a component on the page, whose styles stay its own.
 *
 * @param {Element | null} before the element that it follows; null for the first on the page
 */
export function componentPlace(before = null) {
  const place = document.createElement("div");
  if (before) before.after(place);
  else document.getElementById("main").prepend(place);
  return place.attachShadow({ mode: "open" });
}

function letThemeBeChosen() {
  const root = document.documentElement;
  /** @type {HTMLLabelElement} */
  const label = document.querySelector(".themes");
  const select = label.querySelector("select");
  const tell = () => document.dispatchEvent(new CustomEvent("fixviz:theme"));
  select.value = root.dataset.theme ?? "system";
  select.onchange = () => {
    const theme = select.value === "system" ? null : select.value;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    keep("theme", theme);
    tell();
  };
  DARK.addEventListener("change", () => root.dataset.theme ?? tell());
  label.hidden = false;
}

/** Let the links to the other languages lead to the same place: lesson and step, view or term. */
function followPlace() {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(".languages a");
  for (const link of links) {
    const { href } = link;
    const aim = () => {
      const target = new URL(href);
      target.search = location.search;
      target.searchParams.delete("lang");
      target.hash = location.hash;
      link.href = target.href;
    };
    for (const type of ["pointerenter", "pointerdown", "focus", "click"])
      link.addEventListener(type, aim);
    link.addEventListener("click", () => keep("language", link.dataset.language));
  }
}

letThemeBeChosen();
followPlace();
