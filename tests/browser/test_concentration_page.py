"""Clicks on the Concentration page that need JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from fixviz.reading.counting import DETAILS
from tests.browser.conftest import App
from tests.browser.views import (
    open_view,
    steady_box,
    wait_for_charts,
    wait_for_frame,
    wait_for_script,
)
from tests.ui.concentration_run import concentration_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(app: App) -> str:
    return app.store.publish("7" * 64, *concentration_run(), owner="test", name="target.mp4")


def open_page(page: Page, app: App, run: str) -> None:
    page.goto(f"{app.url}/concentration?run={run}")
    wait_for_page(page)


def wait_for_page(page: Page) -> None:
    """Until the last section of the page is there, and its script has ended."""
    page.get_by_role("heading", name="On what decides the class").wait_for()
    wait_for_script(page)


def click_cell(page: Page, key: str, layer: int, head: int) -> None:
    chart = page.locator(f".st-key-{key}")
    chart.scroll_into_view_if_needed()
    drawn = chart.locator(".nsewdrag").first
    drawn.wait_for()
    # What is still being drawn above moves it.
    wait_for_charts(page)
    steady_box(drawn)
    drawn.scroll_into_view_if_needed()
    box = steady_box(drawn)
    x = box["x"] + box["width"] * (head + 0.5) / 4
    page.mouse.click(x, box["y"] + box["height"] * (layer + 0.5) / 3)


@pytest.mark.slow
def test_a_cell_leads_to_the_player_at_that_layer_and_head(page: Page, app: App, run: str) -> None:
    # The player is open in another view of the same run before.
    open_view(page, app.url, run, layer=0)
    page.get_by_role("link", name="Concentration", exact=True).click()
    wait_for_page(page)
    click_cell(page, "concentration-grid-1", 1, 3)
    page.get_by_role("link", name="Open layer 1, head 3 in Watch").click()
    wait_for_frame(page, 0)
    for parameter in ("layer=1", "head=3", f"run={run}"):
        expect(page).to_have_url(re.compile(parameter))
    expect(page.locator(".viewer")).to_contain_text(
        "layer 1, head 3", ignore_case=True, use_inner_text=True
    )


@pytest.mark.slow
def test_the_url_keeps_what_is_chosen(page: Page, app: App, run: str) -> None:
    open_page(page, app, run)
    page.locator(".st-key-concentration_measure").get_by_role("combobox").click()
    page.get_by_role("option", name="Effective support").click()
    page.wait_for_url("**measure=effective_support*")
    page.reload()
    wait_for_page(page)
    page.get_by_text("Effective support over time: spatial attention, layer 2").first.wait_for()


@pytest.mark.slow
def test_numbers_can_be_saved_as_a_table(page: Page, app: App, run: str) -> None:
    open_page(page, app, run)
    page.get_by_role("button", name="Save").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Numbers as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith(
        "# Concentration over time: spatial attention, layer 2, mean of heads"
    )
    assert lines[0].endswith(DETAILS), "a file says how its numbers are counted"
    assert lines[1].startswith("frame,time (s),uniform attention,Softmax,Vanilla linear")
    assert len(lines) == 2 + 17
