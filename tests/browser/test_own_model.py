"""A checkpoint of one's own: loaded, offered before a run, and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import App
from tests.browser.own_checkpoint import packed_checkpoint

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_checkpoint_is_loaded_offered_and_deleted(page: Page, app: App, tmp_path: Path) -> None:
    page.goto(f"{app.url}/models")
    page.get_by_text("To offer a checkpoint to everybody").wait_for()
    page.get_by_text("Load your own checkpoint").click()
    chooser = page.locator("input[type=file]")
    broken = {"name": "mine.zip", "mimeType": "application/zip", "buffer": b"PK no zip"}
    chooser.set_input_files(broken)
    page.get_by_text("mine.zip").first.wait_for()
    page.get_by_role("button", name="Check and load").click()
    page.get_by_role("alert").get_by_text("is not a ZIP that can be read").wait_for()

    good = {
        "name": "fine.zip",
        "mimeType": "application/zip",
        "buffer": packed_checkpoint(tmp_path),
    }
    page.get_by_role("button", name="Check and load").wait_for()
    chooser.set_input_files(good)
    page.get_by_text("fine.zip").first.wait_for()
    page.get_by_role("button", name="Check and load").click()
    page.get_by_text("Tiny one is loaded").wait_for()

    page.get_by_role("button", name="Analyze with it").click()
    page.get_by_text("Your own video").wait_for()
    page.get_by_text("Options").first.click()
    page.get_by_role("button", name="Tiny one").or_(page.get_by_text("Tiny one")).first.wait_for()

    page.get_by_role("link", name="Models").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Your own").wait_for(state="detached")
