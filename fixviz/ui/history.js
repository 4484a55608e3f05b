/* One entry in the browser's history for each page visited, which keeps the address of the page's last view.

   Streamlit adds an entry for every change of the address: one when it opens a page, one more when the page names its
   run, one for every choice. Runs before Streamlit's own scripts, and replaces the current entry instead where the
   page stays the same. */
(() => {
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  // Whether nobody has clicked or typed since the page was opened: what changes then is part of opening it.
  let arriving = true;
  // Whether an entry was added for a page that is being left in the same moment.
  let leaving = false;
  // Whether the browser went back or forward, and nobody has clicked or typed since.
  let returning = false;
  // What the current entry said before its last replacement, if nobody has clicked or typed since.
  let before = null;

  /** What a page shows: a run, or a job that will become one, or nothing yet. */
  const shown = (url) =>
    ["run", "job"]
      .map((word) => (url.searchParams.has(word) ? `${word}=${url.searchParams.get(word)}` : ""))
      .join("");

  history.pushState = (state, title, url) => {
    const from = new URL(location.href);
    const to = new URL(url ?? "", location.href);
    if (from.pathname === to.pathname) {
      const ended = from.searchParams.has("job");
      if (arriving || leaving || ended || shown(from) === shown(to)) {
        if (!arriving && !leaving && from.href !== to.href)
          before ??= { state: history.state, url: from.href };
        replace(state, title, url);
      } else {
        leaving = true;
        push(state, title, url);
      }
      return;
    }
    // After two quick steps back, Streamlit names the page between them, which nobody is on any more.
    if (returning) return;
    // A page may name its view a moment before Streamlit names the page: the view is not of the page that is left.
    if (before && from.search === to.search) replace(before.state, title, before.url);
    before = null;
    // A page that leads on by itself, and one that does not exist, are no step back.
    (leaving || arriving ? replace : push)(state, title, url);
    leaving = false;
    arriving = true;
  };
  addEventListener("popstate", () => {
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

  // A page of the navigation that is opened in another tab, or whose address is copied, shows the same view. A plain
  // click leaves that to the app, which knows more of the view than the address says.
  const shared = ["run", "axis", "layer", "head", "frame", "model", "row", "column"];
  const nameView = (event) => {
    const link =
      event.target instanceof Element
        ? event.target.closest('a[data-testid="stSidebarNavLink"]')
        : null;
    if (!link) return;
    const elsewhere = event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    const here = new URLSearchParams(location.search);
    const words = elsewhere
      ? shared.filter((word) => here.has(word)).map((word) => [word, here.get(word)])
      : [];
    link.search = new URLSearchParams(words).toString();
  };
  for (const type of ["pointerdown", "keydown", "click", "auxclick", "contextmenu"]) {
    addEventListener(type, nameView, { capture: true });
  }
})();
