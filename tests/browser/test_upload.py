"""The main path, as somebody takes it for the first time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import pixels, wait_for_frame

pytestmark = pytest.mark.browser


def test_an_uploaded_video_can_be_watched(page: Page, app: App, results: Path) -> None:
    page.goto(f"{app.url}/watch")
    page.get_by_role("heading", name="Where does a video Transformer look?").wait_for()
    page.wait_for_function("[...document.images].filter(i => i.naturalWidth > 99).length >= 3")
    page.screenshot(path=results / "first-visit.png")
    page.locator("input[type=file]").set_input_files(samples()[0].path)
    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    assert page.locator("canvas.picture").count() == 4
    before = pixels(page, 3)
    page.get_by_label("Frame", exact=True).focus()
    page.keyboard.press("Home")
    wait_for_frame(page, 0)
    assert np.abs(pixels(page, 3).astype(int) - before).max() > 8, "it opens within the motion"
    assert np.abs(pixels(page, 3).astype(int) - before).max() > 8
    page.screenshot(path=results / "uploaded.png")


def test_a_sample_is_one_click_away(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).click()
    wait_for_frame(page)
    assert "run=" in page.url


def test_a_file_that_is_no_video_gets_a_sentence(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    file = {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"not a video " * 17}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Analyze").click()
    page.get_by_role("alert").get_by_text("notes.mp4").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Watch").first.is_visible()
