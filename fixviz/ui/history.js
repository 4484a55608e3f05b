/* Keeps one entry in the browser's history for each page visited, with the URL of the page's last view.

   Streamlit adds an entry for every change of the URL: when it opens a page, when the page writes its run
   to the URL, and at every choice. This script runs before Streamlit's own, and replaces the current entry
   instead where the page stays the same. */
(() => {
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  // True until the first click or key after a page was opened: changes until then are part of opening it.
  let arriving = true;
  // True when an entry was just added for a page that is left in the same moment.
  let leaving = false;
  // True after a step back or forward, until the next click or key.
  let returning = false;
  // The current entry as it was before its last replacement; null after a click or a key.
  let before = null;
  // URLs of the current entry that the page itself has replaced since. The app repeats what the page writes, and
  // may do so when the page has written the next.
  const past = new Set();

  /** The run that a URL shows, or the job that will become one, or nothing. */
  const shown = (url) =>
    ["run", "job"]
      .map((name) => (url.searchParams.has(name) ? `${name}=${url.searchParams.get(name)}` : ""))
      .join("");

  history.pushState = (state, title, url) => {
    const from = new URL(location.href);
    const to = new URL(url ?? "", location.href);
    if (from.pathname === to.pathname) {
      // The start page shows no clip: what names one belongs to the page that comes next.
      if (to.pathname.endsWith("/") && (shown(to) || to.searchParams.has("sample"))) return;
      if (past.has(to.href)) return;
      const ended = from.searchParams.has("job");
      if (arriving || leaving || ended || shown(from) === shown(to)) {
        if (!arriving && !leaving && from.href !== to.href)
          before ??= { state: history.state, url: from.href };
        replace(state, title, url);
      } else {
        leaving = true;
        past.clear();
        push(state, title, url);
      }
      return;
    }
    // The start page's first content, where somebody leaves before Streamlit has taken it over.
    document.getElementById("fixviz-first")?.remove();
    // After two quick steps back, Streamlit opens the page between them, which has been left again.
    if (returning) return;
    // A page may write its view to the URL a moment before Streamlit writes the page. That view does not
    // belong to the page that is left, so the entry gets its former URL back.
    if (before && from.search === to.search) replace(before.state, title, before.url);
    before = null;
    past.clear();
    // A page that redirects, and one that does not exist, get no entry of their own.
    (leaving || arriving ? replace : push)(state, title, url);
    leaving = false;
    arriving = true;
  };
  history.replaceState = (state, title, url) => {
    const from = location.href;
    replace(state, title, url);
    if (location.href === from) return;
    past.add(from);
    past.delete(location.href);
  };
  addEventListener("popstate", () => {
    past.clear();
    arriving = true;
    returning = true;
    leaving = false;
    before = null;
  });
  for (const type of ["pointerdown", "keydown", "click"]) {
    addEventListener(
      type,
      () => {
        arriving = false;
        returning = false;
        leaving = false;
        before = null;
      },
      { capture: true },
    );
  }

  // A link of the navigation that is opened in another tab, or copied, gets the query parameters of the
  // view. A plain click does without: the app knows more of the view than the URL says.
  const shared = ["run", "axis", "layer", "head", "frame", "model", "row", "column"];
  const nameView = (event) => {
    const link =
      event.target instanceof Element
        ? event.target.closest('a[data-testid="stSidebarNavLink"]')
        : null;
    if (!link) return;
    const elsewhere = event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    const here = new URLSearchParams(location.search);
    const parameters = elsewhere
      ? shared.filter((name) => here.has(name)).map((name) => [name, here.get(name)])
      : [];
    link.search = new URLSearchParams(parameters).toString();
  };
  for (const type of ["pointerdown", "keydown", "click", "auxclick", "contextmenu"]) {
    addEventListener(type, nameView, { capture: true });
  }
})();
