"""Span and crop chosen on the picture, with the mouse and with the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import wait_for_frame

pytestmark = pytest.mark.browser


def numbers(page: Page) -> list[int]:
    return [int(field.input_value()) for field in page.locator(".row input").all()]


def open_sample(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    page.locator(f".st-key-adjust-{samples()[0].path.stem} button").click()
    page.locator('.picker[data-ready="true"]').wait_for()


def test_a_crop_drawn_on_the_picture_is_what_is_analyzed(
    page: Page, app: App, results: Path
) -> None:
    open_sample(page, app)
    _, _, width, height = numbers(page)
    stage = page.locator(".stage").bounding_box()
    assert stage is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return stage["x"] + x * stage["width"], stage["y"] + y * stage["height"]

    page.mouse.move(*at(0.25, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.5))
    page.mouse.move(*at(0.75, 0.8))
    page.mouse.up()
    drawn = numbers(page)
    expected = [0.25 * width, 0.2 * height, 0.5 * width, 0.6 * height]
    assert drawn == pytest.approx(expected, abs=2)

    page.locator(".box").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    step = max(1, round(min(width, height) / 50))
    drawn = [drawn[0] + step, drawn[1], drawn[2], drawn[3] - step]
    assert numbers(page) == drawn
    page.get_by_label("Left (px)").fill("7")
    page.get_by_label("Left (px)").press("Enter")
    drawn[0] = 7
    assert numbers(page) == drawn
    page.get_by_text("patches a frame").wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=results / "adjust.png")

    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    handle = page.url.split("run=")[1].split("&")[0]
    manifest = app.store.manifest(handle)
    assert manifest["sampling"]["crop"] == drawn
    assert manifest["display"] == {"width": drawn[2], "height": drawn[3]}


def test_the_whole_picture_is_one_key_away(page: Page, app: App) -> None:
    open_sample(page, app)
    whole = numbers(page)
    assert page.get_by_role("button", name="Whole picture").is_disabled()
    page.get_by_label("Width (px)").fill("3")
    page.get_by_label("Width (px)").press("Enter")
    assert numbers(page)[2] >= 16, "no smaller than three patches"
    page.locator(".box").focus()
    page.keyboard.press("Escape")
    assert numbers(page) == whole
    page.get_by_role("button", name="Choose another clip").click()
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).wait_for()
