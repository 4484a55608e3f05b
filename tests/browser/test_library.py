"""The library of one browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from fixviz.ui.owner import COOKIE
from tests.browser.conftest import App
from tests.browser.views import wait_for_frame
from tests.ui.synthetic import synthetic_run

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_run_can_be_renamed_opened_and_deleted(page: Page, app: App) -> None:
    page.goto(f"{app.url}/library")
    page.get_by_text("Nothing here yet").wait_for()
    owner = next(c["value"] for c in page.context.cookies() if c["name"] == COOKIE)
    handle = app.store.publish("d" * 64, *synthetic_run(), owner=owner, name="mine.mp4")

    page.reload()
    _choose(page, "Rename")
    page.get_by_label("Title").fill("Orbit, first try")
    page.get_by_label("Title").press("Enter")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Orbit, first try").wait_for()

    page.get_by_role("link", name="Open", exact=True).click()
    wait_for_frame(page)
    expect(page).to_have_url(re.compile(f"run={handle}"))

    page.get_by_role("link", name="Library").click()
    _choose(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("Nothing here yet").wait_for()
    assert app.store.list(owner) == []
    page.get_by_role("button", name="Choose a clip").click()
    page.get_by_text("Your own video").wait_for()


def _choose(page: Page, action: str) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=action).or_(page.get_by_role("option", name=action)).click()
