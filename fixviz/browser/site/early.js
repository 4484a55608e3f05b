/* Runs before the page is drawn: the color theme that was chosen earlier, and the language that the URL asks for.
   It stands in the head of every page, before all styles, so it is no module. */
(() => {
  const { dataset } = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(`fixviz.${name}`);
    } catch {
      // The browser keeps nothing.
      return null;
    }
  };
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") dataset.theme = theme;

  const url = new URL(location.href);
  const wanted = url.searchParams.get("lang");
  const there = [...document.querySelectorAll("link[rel=alternate]")].find(
    (link) => /** @type {HTMLLinkElement} */ (link).dataset.language === wanted,
  );
  if (there) {
    url.searchParams.delete("lang");
    const target = new URL(/** @type {HTMLLinkElement} */ (there).href);
    target.search = url.search;
    target.hash = url.hash;
    location.replace(target);
  }
})();
