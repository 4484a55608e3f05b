"""Keys of the controls that figures of several lessons share."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Locator, Page


def place_points(page: Page, figure: Locator, values: Sequence[float]) -> None:
    """Place the points of a plot, in its order: from the bottom up in tenths, then in hundredths."""
    points = figure.get_by_role("slider")
    for number, value in enumerate(values):
        points.nth(number).focus()
        page.keyboard.press("Home")
        tenths, hundredths = divmod(round(100 * value), 10)
        for _ in range(tenths):
            page.keyboard.press("PageUp")
        for _ in range(hundredths):
            page.keyboard.press("ArrowUp")
