"""How the figures of the lesson on linear attention are answered by keyboard."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import Locator, Page

from tests.browser.course import press


def _brackets(key: str, page: Page, figure: Locator) -> None:
    press(figure.locator(".pair"), key)


def _crossing(steps: int, page: Page, figure: Locator) -> None:
    """Move the slider so many eighths of a doubling up from 4 tokens; -1 for its other end."""
    press(figure.locator("input[type=range]"), "End" if steps < 0 else "Home")
    for _ in range(steps):
        page.keyboard.press("ArrowRight")


def _feature_map(page: Page, figure: Locator, name: str) -> None:
    press(figure.locator(".segment input").nth(["phi", "none"].index(name)), "Space")


def _with_the_map(page: Page, figure: Locator) -> None:
    _feature_map(page, figure, "phi")
    press(figure.locator(".patch-picture").first)


def _query(broken: bool, page: Page, figure: Locator) -> None:
    """Walk over the queries until the shares of one are beyond 1, or are not."""
    _feature_map(page, figure, "none")
    picture = figure.locator(".patch-picture").first
    for key in ["Enter", *_walk()]:
        press(picture, key)
        page.keyboard.press("Enter")
        if (_largest_share(figure) > 1.01) == broken:
            return
    raise AssertionError("no such query")


def _walk() -> list[str]:
    """Keys that lead from the middle of a grid of 9 x 11 to its corner, and then through all rows."""
    line = 10 * ["ArrowRight"] + ["ArrowDown"] + 10 * ["ArrowLeft"] + ["ArrowDown"]
    return 4 * ["ArrowUp"] + 5 * ["ArrowLeft"] + 5 * line


def _largest_share(figure: Locator) -> float:
    """Read the shares' ends from the text below the figure: row, column, head, sum, low, high, ..."""
    text = figure.locator(".said").inner_text().replace("−", "-")
    low, high = (float(number) for number in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?", text)[4:6])
    return max(abs(low), abs(high))


ANSWERS = {
    "order": {
        "longer": partial(_brackets, "ArrowLeft"),
        "right": partial(_brackets, "ArrowRight"),
    },
    "race": {
        "low": partial(_crossing, 0),
        "high": partial(_crossing, -1),
        "right": partial(_crossing, 16),
    },
    "break": {
        "on": _with_the_map,
        "calm": partial(_query, False),
        "right": partial(_query, True),
    },
}
