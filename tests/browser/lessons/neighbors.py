"""Neighbors: picking patches, marking tables and placing points by keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from playwright.sync_api import Locator, Page

from tests.browser.lessons.keys import place_points


def _pick(page: Page, figure: Locator, *, rows: int, columns: int) -> None:
    """Pick the patch that lies so many rows and columns from the outlined one."""
    summary = figure.locator("details.in-words")
    if summary.get_attribute("open") is None:
        summary.locator("summary").press("Enter")
    token = [int(n) for n in re.findall(r"\d+", summary.locator("p").inner_text())[:2]]
    picture = figure.locator(".patch-picture.active")
    picture.focus()
    for _ in range(30):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
    for _ in range(token[0] + rows):
        page.keyboard.press("ArrowDown")
    for _ in range(token[1] + columns):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")


def _mark(page: Page, figure: Locator, *, tables: Sequence[int]) -> None:
    boxes = figure.get_by_role("checkbox")
    for number in range(boxes.count()):
        if boxes.nth(number).is_checked() != (number in tables):
            boxes.nth(number).focus()
            page.keyboard.press("Space")


ANSWERS = {
    "source": {
        "opposite": partial(_pick, rows=1, columns=1),
        "own": partial(_pick, rows=0, columns=0),
        "other": partial(_pick, rows=0, columns=-1),
        "right": partial(_pick, rows=-1, columns=-1),
    },
    # In the order of the tables: fixation alone, both, linear, neighbors alone.
    "tables": {
        "even": partial(_mark, tables=[0, 2]),
        "one": partial(_mark, tables=[0, 1]),
        "right": partial(_mark, tables=[1, 3]),
    },
    # In the order of the plot: linear, fixation alone, neighbors alone, both.
    "backward": {
        "kept": partial(place_points, values=[0.5, 0.5, 0.9, 0.95]),
        "turned": partial(place_points, values=[0.9, 0.5, 0.2, 0.0]),
        "right": partial(place_points, values=[0.5, 0.5, 0.2, 0.0]),
    },
}
