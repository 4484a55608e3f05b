"""Whether people can read and reach what is on a page: contrast, headings, where the Tab key goes."""

from __future__ import annotations

import itertools
from typing import Any

from playwright.sync_api import Page

# Colors go through a canvas, as a style sheet may give them as rgb(), oklch() or color(). Half transparent
# ones are laid over what is behind them, up to the root, through shadow trees.
_CONTRASTS = """() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = colors => {
    context.globalAlpha = 1;
    context.clearRect(0, 0, 1, 1);
    for (const color of colors) { context.fillStyle = color; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const above = node => node.parentNode instanceof ShadowRoot ? node.parentNode.host : node.parentNode;
  const behind = node => {
    const colors = [];
    for (let e = node; e?.nodeType === 1; e = above(e)) colors.unshift(getComputedStyle(e).backgroundColor);
    return colors;
  };
  const every = (root, selector) => [...root.querySelectorAll("*")].flatMap(e =>
    [...(e.matches(selector) ? [e] : []), ...(e.shadowRoot ? every(e.shadowRoot, selector) : [])]);
  const chosen = 'button[data-testid^="stBaseButton-primary"], [aria-checked="true"], ' +
    '[aria-pressed="true"], [aria-selected="true"], [aria-current="page"], [data-tag], ' +
    '.segment input:checked + span';
  return every(document.body, chosen)
    .filter(e => e.checkVisibility() && e.innerText.trim() && !e.closest(":disabled"))
    .map(e => {
      // The words may have a color of their own, inside the button.
      const parts = [...e.querySelectorAll("p, span")];
      const inner = parts.filter(c => !c.children.length && c.textContent.trim()).at(-1) ?? e;
      const [text, ground] = [paint([...behind(inner), getComputedStyle(inner).color]), paint(behind(inner))];
      const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => x - y);
      return [e.innerText.trim().split("\\n").at(-1), (b + 0.05) / (a + 0.05)];
    });
}"""

_HEADINGS = """() =>
  [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(h => Number(h.tagName[1]))"""

_STOP = """() => {
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  const box = e.getBoundingClientRect();
  const scroller = document.querySelector('[data-testid="stMain"]');
  const inMain = scroller.contains(document.activeElement);
  const style = getComputedStyle(e);
  return e === document.body ? null : {
    tag: e.tagName, inMain, left: box.left, right: box.right,
    name: (e.getAttribute("aria-label") || e.innerText || e.title || e.tagName).trim().slice(0, 60),
    top: box.top + scroller.scrollTop, bottom: box.bottom + scroller.scrollTop,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none",
  };
}"""


def contrasts(page: Page) -> dict[str, float]:
    """Contrast (1 to 21, WCAG 2) of every chosen or primary control with its words, by the words."""
    return {name: float(ratio) for name, ratio in page.evaluate(_CONTRASTS)}


def headings(page: Page) -> list[int]:
    """Levels of the headings, in the order of the page; those that are folded away count too."""
    return [int(level) for level in page.evaluate(_HEADINGS)]


def tab_stops(page: Page, most: int) -> list[dict[str, Any]]:
    """Where the Tab key stops in the main part of the page, from its beginning, at most `most` times."""
    page.evaluate(
        """() => { const main = document.querySelector('[data-testid="stMainBlockContainer"]');
        main.tabIndex = -1; main.focus(); }"""
    )
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None or not stop["inMain"]:
            break
        stops.append(stop)
    return stops


def backward(stops: list[dict[str, Any]]) -> list[str]:
    """Pairs of stops of which the second lies left of the first in its line, or above it in its column."""
    found = []
    for one, two in itertools.pairwise(stops):
        overlap = min(one["bottom"], two["bottom"]) - max(one["top"], two["top"])
        same_line = overlap > 0.5 * min(one["bottom"] - one["top"], two["bottom"] - two["top"])
        above = two["bottom"] <= one["top"] and two["left"] < one["right"]
        if above or (same_line and two["right"] <= one["left"]):
            found.append(f"{one['name']} > {two['name']}")
    return found
