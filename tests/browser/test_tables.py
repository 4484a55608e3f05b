"""Tables that are too wide for a phone show on which sides they go on."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator

from fixviz.report.build import build_report
from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.screens import each_scheme
from tests.browser.views import wait_until
from tests.ui.concentration_run import concentration_run

pytestmark = pytest.mark.browser

PHONE: Any = {"viewport": {"width": 390, "height": 844}}
SEEN = 25
"""So much a shade differs from the ground, of 255."""


@pytest.fixture(scope="module")
def run(app: App) -> str:
    return app.store.publish("9" * 64, *concentration_run(), owner="test", name="target.mp4")


def sides(table: Locator) -> tuple[float, float]:
    """How far the first and the last column of pixels are from the table's ground (median)."""
    drawn = Image.open(io.BytesIO(table.screenshot())).convert("L")
    pixels: NDArray[np.int64] = np.asarray(drawn, np.int64)[4:-20]
    ground = np.median(pixels)
    left, right = np.median(pixels[:, 1]), np.median(pixels[:, -2])
    return float(abs(left - ground)), float(abs(right - ground))


def shaded(table: Locator, left: bool, right: bool) -> bool:
    """Whether just these sides have a shade."""
    found = sides(table)
    return (found[0] > SEEN, found[1] > SEEN) == (left, right)


def scroll(area: Locator, share: float) -> None:
    area.evaluate("(e, s) => { e.scrollLeft = s * (e.scrollWidth - e.clientWidth); }", share)
    area.page.wait_for_timeout(300)


def check(area: Locator, table: Locator) -> None:
    """Shades on the sides where something is hidden, and on no other."""
    assert area.evaluate("e => e.scrollWidth - e.clientWidth") > 30
    for share, left, right in ((0.0, False, True), (0.5, True, True), (1.0, True, False)):
        scroll(area, share)
        wait_until(
            area.page,
            partial(shaded, table, left, right),
            f"shades {(left, right)} after {share} of the way",
        )


def test_a_wide_table_of_a_report(browser: Browser, app: App, run: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_report(app.store, run), "utf-8")
    page = browser.new_page(**PHONE)
    page.set_default_timeout(BUSY_MS)
    page.goto(path.as_uri())
    wide = page.evaluate(
        """() => [...document.querySelectorAll("figure > .scroll")]
        .findIndex(e => e.scrollWidth > e.clientWidth + 30)"""
    )
    assert wide >= 0, "no table is too wide"
    area = page.locator("figure > .scroll").nth(wide)
    for _ in each_scheme(page):
        check(area, area)
    page.set_viewport_size({"width": 1400, "height": 900})
    for _ in each_scheme(page):
        wait_until(page, lambda: max(sides(area)) < SEEN, "a table that fits without a shade")
    page.close()


@pytest.mark.slow
def test_a_wide_table_of_a_page(new_page: NewPage, app: App, run: str) -> None:
    page = new_page(width=390, height=844)
    page.goto(f"{app.url}/concentration?run={run}")
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    area = table.locator(".dvn-scroller")
    area.wait_for()
    page.wait_for_timeout(1500)
    for _ in each_scheme(page):
        check(area, area)
