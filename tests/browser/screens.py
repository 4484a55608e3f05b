"""A page that is loaded once and looked at in both color schemes, and in several sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from playwright.sync_api import Page

from tests.browser.views import wait_until

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

COLORED: Final = """(scheme) => {
  const page = document.querySelector(".stApp") ?? document.body;
  const color = getComputedStyle(page).backgroundColor.match(/[\\d.]+/g).map(Number);
  const bright = color[3] === 0 || color[0] + color[1] + color[2] > 3 * 127;
  return bright === (scheme === "light");
}"""
"""Whether the ground has the color of the scheme; one that nothing paints is white."""
_FADED_MS: Final = 400
"""Longer than colors take to change."""


def each_scheme(page: Page) -> Iterator[Scheme]:
    """Show the page in one color scheme after the other, once its colors are those of the scheme."""
    for scheme in SCHEMES:
        turn(page, scheme)
        yield scheme


def turn(page: Page, scheme: Scheme) -> None:
    """Show the page in a color scheme, and wait until its colors are those of the scheme."""
    page.emulate_media(color_scheme=scheme)
    wait_until(page, lambda: bool(page.evaluate(COLORED, scheme)), f"that it turns {scheme}")
    page.wait_for_timeout(_FADED_MS)


def each_screen(page: Page, widths: Sequence[int], height: int) -> Iterator[tuple[int, Scheme]]:
    """Show the page in all these widths (CSS pixels), and in both color schemes in each."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in each_scheme(page):
            yield width, scheme
