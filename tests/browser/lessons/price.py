"""How the figures of the lesson on the price are answered by keyboard."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import Locator, Page

from tests.browser.course import press


def _choose(numbers: tuple[int, ...], page: Page, figure: Locator) -> None:
    """In each fieldset, choose the option of this number."""
    for place, number in enumerate(numbers):
        fields = figure.locator("fieldset").nth(place)
        press(fields.locator("input").nth(number), "Space")


def _support(end: str, page: Page, figure: Locator) -> None:
    press(figure.locator("input[type=range]"), end)


def _the_measured_support(page: Page, figure: Locator) -> None:
    """Take the number that the figure shows since an answer was given."""
    shown = float(figure.locator(".truth").inner_text())
    _support("Home", page, figure)
    for _ in range(round(shown) - 1):
        page.keyboard.press("ArrowRight")


def _corners(sixteenths: tuple[int, ...], page: Page, figure: Locator) -> None:
    for place, steps in enumerate(sixteenths):
        press(figure.locator("input[type=range]").nth(place), "End")
        page.keyboard.press("Home")
        for _ in range(steps):
            page.keyboard.press("ArrowRight")


# The row of the lesson is 1/2, 1/4, 1/8, 1/8; the seeds of the steps put softmax attention at B and give its
# curve the number 1, the uniform one 2.
ANSWERS = {
    "which": {
        "swapped": partial(_choose, (0,)),
        "right": partial(_choose, (1,)),
    },
    "estimate": {
        "low": partial(_support, "ArrowRight"),
        "high": partial(_support, "End"),
        "right": _the_measured_support,
    },
    "lorenz": {
        "strongest": partial(_corners, (8, 12, 14)),
        "shares": partial(_corners, (2, 2, 4)),
        "uniform": partial(_corners, (4, 8, 12)),
        "other": partial(_corners, (2, 4, 12)),
        "right": partial(_corners, (2, 4, 8)),
    },
    "match": {
        "swapped": partial(_choose, (2, 0)),
        "uniform": partial(_choose, (0, 1)),
        "same": partial(_choose, (0, 0)),
        "right": partial(_choose, (0, 2)),
    },
}
