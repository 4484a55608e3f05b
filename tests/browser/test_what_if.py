"""Hiding patches on the What if page by painting on the frame, with pointer and keyboard."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from fixviz.analysis.what_if.picture import PatchesHidden
from fixviz.analysis.what_if.plain import from_link
from tests.browser.conftest import App
from tests.browser.views import steady_box
from tests.ui.synthetic import COLUMNS, HEIGHT, MODEL_HEIGHT, MODEL_WIDTH, ROWS, STRIDE, WIDTH

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_patches(page: Page, app: App, **parameters: str) -> Locator:
    """The painter's canvas."""
    query = "&".join(f"{key}={value}" for key, value in {"run": app.run, **parameters}.items())
    page.goto(f"{app.url}/what_if?{query}")
    page.get_by_role("tab", name="Patches").click()
    canvas = page.locator(".painter canvas")
    expect(canvas).to_be_visible()
    return canvas


def center(canvas: Locator, row: int, column: int) -> tuple[float, float]:
    """Where a patch's center is on the page, kept inside the picture."""
    canvas.scroll_into_view_if_needed()
    box = steady_box(canvas)
    x = min(max(column * STRIDE / MODEL_WIDTH, 0.02), 0.98)
    y = min(max(row * STRIDE / MODEL_HEIGHT, 0.02), 0.98)
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def wait_for_cells(page: Page, cells: set[tuple[int | None, int, int]]) -> PatchesHidden | None:
    """Wait until the URL names these hidden patches."""
    expected = PatchesHidden(tuple(cells), ROWS, COLUMNS)
    for _ in range(120):
        links = parse_qs(urlparse(page.url).query).get("change", [""])
        found = next((i for i in from_link(links[0]) if isinstance(i, PatchesHidden)), None)
        if (set(found.cells) if found else set()) == set(expected.cells):
            return found
        page.wait_for_timeout(250)
    raise AssertionError(page.url)


def test_a_stroke_hides_the_patches_under_it_and_a_second_one_shows_them(
    page: Page, app: App
) -> None:
    canvas = open_patches(page, app)
    page.mouse.move(*center(canvas, 2, 3))
    page.mouse.down()
    page.mouse.move(*center(canvas, 2, 5), steps=12)
    page.mouse.move(*center(canvas, 4, 5), steps=12)
    page.mouse.up()
    stroke = {(None, 2, 3), (None, 2, 4), (None, 2, 5), (None, 3, 5), (None, 4, 5)}
    found = wait_for_cells(page, stroke)
    assert found is not None and found.fill == "blur"
    chip = page.get_by_role("button", name="5 patches hidden in all frames (blurred)")
    expect(chip).to_be_visible()
    canvas = page.locator(".painter canvas")
    page.mouse.move(*center(canvas, 2, 5))
    page.mouse.down()
    page.mouse.move(*center(canvas, 3, 5), steps=8)
    page.mouse.up()
    wait_for_cells(page, {(None, 2, 3), (None, 2, 4), (None, 4, 5)})


def test_the_corner_patches_can_be_hidden_though_they_lie_half_outside(
    page: Page, app: App
) -> None:
    canvas = open_patches(page, app)
    page.mouse.click(*center(canvas, 0, 0))
    wait_for_cells(page, {(None, 0, 0)})
    page.mouse.click(*center(page.locator(".painter canvas"), ROWS - 1, 0))
    wait_for_cells(page, {(None, 0, 0), (None, ROWS - 1, 0)})


def test_patches_can_be_hidden_with_the_keyboard_which_says_what_it_did(
    page: Page, app: App
) -> None:
    canvas = open_patches(page, app)
    expect(canvas).to_have_attribute("aria-label", re.compile("9 by 12 patches, 0 hidden"))
    canvas.focus()
    for key in ("ArrowUp", "Home", "ArrowRight", "Space"):  # from the middle, row 4, column 6
        page.keyboard.press(key)
    expect(page.locator(".painter .says")).to_have_text("Row 3, column 1: hidden")
    wait_for_cells(page, {(None, 3, 1)})


def test_this_frame_only_hides_in_the_frame_in_view_and_can_be_taken_back(
    page: Page, app: App
) -> None:
    canvas = open_patches(page, app, on_frame="6", change="hide.gray.9x12.all-8")
    page.get_by_role("radio", name="this frame only").click()
    expect(canvas).to_have_attribute("aria-label", re.compile("0 hidden"))
    page.mouse.click(*center(page.locator(".painter canvas"), 5, 7))
    found = wait_for_cells(page, {(None, 0, 0), (6, 5, 7)})
    assert found is not None and found.fill == "gray"
    page.get_by_role("button", name="Show all patches again").click()
    wait_for_cells(page, set())


def test_the_picture_has_the_frames_own_shape(page: Page, app: App) -> None:
    box = steady_box(open_patches(page, app))
    assert abs(box["width"] / box["height"] - WIDTH / HEIGHT) < 0.02
