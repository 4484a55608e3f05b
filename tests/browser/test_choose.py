"""Span and crop chosen on the picture, with the mouse and with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import (
    steady_box,
    wait_for_frame,
    wait_for_pictures,
    wait_for_script,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def numbers(page: Page) -> list[int]:
    return [int(field.input_value()) for field in page.locator(".row input").all()]


def shows(page: Page, expected: Sequence[int]) -> None:
    """Wait until the fields hold these numbers."""
    wait_until(page, lambda: numbers(page) == list(expected), f"the crop {expected}")


def open_sample(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    page.locator(f".st-key-adjust-{samples()[0].path.stem} button").click()
    page.locator('.picker[data-ready="true"]').wait_for()
    # What is still drawn around the picture would move it under the mouse.
    wait_for_script(page)
    wait_for_pictures(page)


def test_a_crop_drawn_on_the_picture_is_what_is_analyzed(
    page: Page, app: App, results: Path
) -> None:
    open_sample(page, app)
    _, _, width, height = numbers(page)
    stage = steady_box(page.locator(".stage"))

    def at(x: float, y: float) -> tuple[float, float]:
        return stage["x"] + x * stage["width"], stage["y"] + y * stage["height"]

    page.mouse.move(*at(0.25, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.5))
    page.mouse.move(*at(0.75, 0.8))
    page.mouse.up()
    expected = [0.25 * width, 0.2 * height, 0.5 * width, 0.6 * height]
    wait_until(page, lambda: numbers(page) == pytest.approx(expected, abs=2), f"{expected}")
    drawn = numbers(page)

    page.locator(".box").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    step = max(1, round(min(width, height) / 50))
    drawn = [drawn[0] + step, drawn[1], drawn[2], drawn[3] - step]
    shows(page, drawn)
    page.get_by_label("Left (px)").fill("7")
    page.get_by_label("Left (px)").press("Enter")
    drawn[0] = 7
    shows(page, drawn)
    page.get_by_text("patches a frame").wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=results / "adjust.png")

    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    page.wait_for_url(re.compile("run="))
    handle = page.url.split("run=")[1].split("&")[0]
    manifest = app.store.manifest(handle)
    assert manifest["sampling"]["crop"] == drawn
    assert manifest["display"] == {"width": drawn[2], "height": drawn[3]}


def test_the_whole_picture_is_one_key_away(page: Page, app: App) -> None:
    open_sample(page, app)
    whole = numbers(page)
    expect(page.get_by_role("button", name="Whole picture")).to_be_disabled()
    page.get_by_label("Width (px)").fill("3")
    page.get_by_label("Width (px)").press("Enter")
    wait_until(page, lambda: numbers(page) != whole, "another crop")
    assert numbers(page)[2] >= 16, "no smaller than three patches"
    page.locator(".box").focus()
    page.keyboard.press("Escape")
    shows(page, whole)
    page.get_by_role("button", name="Choose another clip").click()
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).wait_for()
