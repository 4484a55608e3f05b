"""What the tests read from the viewer on screen."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Download, FloatRect, Frame, Locator, Page

SEEN = """() => [...document.images].every((image) => image.complete && image.naturalWidth > 0)"""
"""Whether the browser has got every picture of the page."""
CHARTS = """() => [...document.querySelectorAll(".stPlotlyChart")]
  .every((chart) => chart.querySelector("svg.main-svg"))"""
"""Whether every chart of the page is drawn."""
_READY = '.viewer[data-ready="true"]'
_EVERY_MS, _LOOKS = 50, 2400


def open_view(page: Page, url: str, handle: str, **parameters: Any) -> None:
    """Open a run in a view, on frame 0 without another, and wait until all panels are drawn."""
    parameters = {"run": handle, "frame": 0, **parameters}
    query = "&".join(f"{key}={value}" for key, value in parameters.items())
    page.goto(f"{url}/?{query}")
    wait_for_frame(page, int(parameters["frame"]))


def wait_for_frame(page: Page, frame: int | None = None) -> None:
    """Wait until the viewer shows a frame, or whatever it opened on, with all that belongs to it."""
    shown = "" if frame is None else f'[data-frame="{frame}"]'
    page.wait_for_selector(_READY + shown, timeout=180_000)


def wait_until(page: Page, holds: Callable[[], bool], what: str = "") -> None:
    """Look again and again until something holds: the screen follows an action a moment later.

    It is asked from outside, since a page's policy may forbid code that waits inside of it.
    """
    for _ in range(_LOOKS):
        if holds():
            return
        page.wait_for_timeout(_EVERY_MS)
    pytest.fail(f"{what or 'what was waited for'} does not come true: {page.url}")


def wait_for_script(page: Page | Frame) -> None:
    """Wait until the page's script has ended: a widget that it still draws may lose a key or a click."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')


def wait_for_pictures(page: Page) -> None:
    """Wait until every picture of the page can be seen."""
    page.wait_for_function(SEEN)


def wait_for_charts(page: Page | Frame) -> None:
    """Wait until every chart of the page is drawn."""
    page.wait_for_function(CHARTS)


def steady_box(place: Locator) -> FloatRect:
    """Where an element is, once the page around it has stopped moving."""
    last = None
    for _ in range(120):
        box = place.bounding_box()
        if box is not None and box == last:
            return box
        last = box
        place.page.wait_for_timeout(250)
    pytest.fail(f"the page does not come to rest: {place.page.url}")


def pixels(page: Page, panel: int) -> NDArray[np.uint8]:
    """RGB [height, width, 3] of a panel's canvas; panel 0 is the clip."""
    url = page.locator("canvas.picture").nth(panel).evaluate("c => c.toDataURL()")
    data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1], np.uint8)


def export(page: Page, kind: str) -> Download:
    """Choose an item of the menu and wait for the file."""
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as caught:
        page.locator(f'[data-export="{kind}"]').click()
    return caught.value


def table(download: Download, model: str) -> list[float]:
    """The values that a CSV file has of a model, in the order of its patches; "nan" is NaN."""
    lines = download.path().read_text().splitlines()
    return [float(line.rsplit(",", 1)[1]) for line in lines if line.startswith(f"{model},")]
