/* Asks again for a picture that the server did not have.

   While a page runs again, Streamlit forgets its pictures and gets them back as the page draws them. A browser
   that fetches one in between is told that it does not exist, and would show a broken picture until the next
   reload. */
(() => {
  const WAITS_MS = [100, 200, 400, 800, 1600, 3200, 6400];
  // How often a picture was asked for again, and its URL, since React gives an element another one.
  const tries = new WeakMap();

  const ofStreamlit = (event) =>
    event.target instanceof HTMLImageElement && event.target.closest('[data-testid="stImage"]')
      ? event.target
      : null;

  document.addEventListener(
    "error",
    (event) => {
      const image = ofStreamlit(event);
      if (!image) return;
      const { src } = image;
      const before = tries.get(image);
      const count = before?.src === src ? before.count : 0;
      tries.set(image, { src, count: count + 1 });
      image.style.visibility = count < WAITS_MS.length ? "hidden" : "";
      if (count === WAITS_MS.length) return;
      setTimeout(() => {
        if (image.isConnected && image.src === src) image.src = src;
      }, WAITS_MS[count]);
    },
    { capture: true },
  );
  document.addEventListener(
    "load",
    (event) => {
      const image = ofStreamlit(event);
      if (!image) return;
      tries.delete(image);
      image.style.visibility = "";
    },
    { capture: true },
  );
})();
