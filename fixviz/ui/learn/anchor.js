/* Keeps the term that the URL names in view while the page takes its shape.

   Streamlit scrolls to it as soon as it is there. Afterwards the side bar closes on a phone, lines break anew,
   and the term is somewhere else. */

const SETTLED_MS = 3000;

export default function () {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const list = target?.closest(".st-key-glossary");
  if (!target || !list) return () => {};
  const observer = new ResizeObserver(() => target.scrollIntoView());
  observer.observe(list);
  const stop = () => observer.disconnect();
  // The reader scrolls from now on.
  for (const type of ["pointerdown", "wheel", "keydown", "touchstart"])
    addEventListener(type, stop, { once: true, passive: true, capture: true });
  setTimeout(stop, SETTLED_MS);
  return stop;
}
