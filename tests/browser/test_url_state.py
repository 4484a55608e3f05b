"""The URL follows what is chosen, and a reload and the next page show it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BUSY_MS, App
from tests.ui.concentration_run import concentration_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(app: App) -> str:
    return app.store.publish("5" * 64, *concentration_run(), owner="test", name="parameters.mp4")


def names(page: Page, parameters: dict[str, str]) -> None:
    """Wait until the URL names exactly that."""
    page.wait_for_url(
        lambda url: dict(parse_qsl(urlsplit(url).query)) == parameters, timeout=BUSY_MS
    )


def choose(page: Page, key: str, option: str, url: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("combobox").click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_url(re.compile(url), timeout=BUSY_MS)


def shows(page: Page, view: str) -> None:
    """Wait until the page's own line says what is in view."""
    page.get_by_text(view).first.wait_for()


@pytest.mark.slow
def test_choices_are_named_by_parameters_and_go_along_to_other_pages(
    page: Page, app: App, run: str
) -> None:
    page.goto(f"{app.url}/concentration?run={run}&layer=1")
    shows(page, "Spatial attention, layer 1, mean of heads.")
    choose(page, "on_head", "Head 3", r"head=3")
    choose(page, "on_axis", "Temporal (frames at one place)", r"axis=temporal")
    names(page, {"run": run, "layer": "1", "head": "3", "axis": "temporal"})
    choose(page, "on_axis", "Spatial (places of one frame)", r"head=3$")
    page.get_by_role("link", name="Fixation", exact=True).click()
    page.get_by_role("heading", name="Fixation", exact=True).wait_for()
    page.wait_for_url(re.compile(r"/fixation\?.*head=3"), timeout=BUSY_MS)
    names(page, {"run": run, "layer": "1", "head": "3"})
    shows(page, "Spatial attention, layer 1, head 3;")
    page.reload()
    page.get_by_role("heading", name="Fixation", exact=True).wait_for()
    shows(page, "Spatial attention, layer 1, head 3;")
    names(page, {"run": run, "layer": "1", "head": "3"})


@pytest.mark.slow
def test_quick_choices_are_all_kept(page: Page, app: App, run: str) -> None:
    """The browser's URL lags behind; what is chosen must not be taken back by it."""
    page.goto(f"{app.url}/concentration?run={run}")
    slider = page.locator(".st-key-on_frame").get_by_role("slider")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    page.wait_for_url(re.compile(r"frame=10"), timeout=BUSY_MS)
    expect(slider).to_have_value("10")
