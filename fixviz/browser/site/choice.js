/* The page of the site's folder: leads on to the language that the URL names, that was chosen before, or that the
   browser is set to. Without JavaScript its links do. */
(() => {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll("a[data-language]");
  const offered = (code) => [...links].find((link) => link.dataset.language === code);
  const kept = () => {
    try {
      return localStorage.getItem("fixviz.language");
    } catch {
      // The browser keeps nothing.
      return null;
    }
  };
  const url = new URL(location.href);
  const wanted = [url.searchParams.get("lang"), kept(), ...navigator.languages];
  const codes = wanted.map((tag) => (tag ?? "").split(/[-_]/)[0].toLowerCase());
  const found = codes.map(offered).find((link) => link) ?? links[0];
  url.searchParams.delete("lang");
  const target = new URL(found.href);
  target.search = url.search;
  target.hash = url.hash;
  location.replace(target);
})();
