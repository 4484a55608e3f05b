"""The history keeps the URL of each page's last view, whatever order Streamlit names things in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import fixviz.ui

pytestmark = pytest.mark.browser

SCRIPT = (Path(fixviz.ui.__file__).parent / "history.js").read_text(encoding="utf-8")
HOST = "http://pages.test"
LEFT, ENTERED = "/fixation?run=a&row=3&column=4", "/watch?run=a&query=3-4"


@pytest.mark.parametrize("parameters_first", [True, False])
def test_a_page_that_names_its_view_early_leaves_the_url_of_the_page_before(
    page: Page, parameters_first: bool
) -> None:
    page.route(
        f"{HOST}/**",
        lambda route: route.fulfill(content_type="text/html", body=f"<script>{SCRIPT}</script>"),
    )
    page.goto(f"{HOST}/fixation?run=a&row=1&column=1")
    page.keyboard.press("ArrowRight")
    page.evaluate("url => history.pushState({}, '', url)", LEFT)
    page.mouse.click(5, 5)
    query = ENTERED.partition("?")[2]
    steps = [f"/fixation?{query}", ENTERED] if parameters_first else ["/watch", ENTERED]
    for url in steps:
        page.evaluate("url => history.pushState({}, '', url)", url)
    expect(page).to_have_url(HOST + ENTERED)
    count = page.evaluate("history.length")
    page.go_back()
    page.wait_for_url(HOST + LEFT)
    page.go_forward()
    page.wait_for_url(HOST + ENTERED)
    assert page.evaluate("history.length") == count


def test_leaving_removes_what_the_start_page_came_with(page: Page) -> None:
    body = f'<script>{SCRIPT}</script><div id="fixviz-first">start</div>'
    page.route(f"{HOST}/**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{HOST}/")
    page.evaluate("history.pushState({}, '', '/?lang=zh')")
    assert page.locator("#fixviz-first").count() == 1, "still the same page"
    page.mouse.click(5, 5)
    page.evaluate("history.pushState({}, '', '/models')")
    assert page.locator("#fixviz-first").count() == 0


def test_a_late_repetition_of_a_view_does_not_take_the_place_of_the_next(page: Page) -> None:
    body = f"<script>{SCRIPT}</script>"
    page.route(f"{HOST}/**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{HOST}/watch?run=a&frame=5")
    page.mouse.click(5, 5)
    for frame in (6, 7):
        page.evaluate("url => history.replaceState({}, '', url)", f"/watch?run=a&frame={frame}")
    page.evaluate("history.pushState({}, '', '/watch?run=a&frame=6')")
    expect(page).to_have_url(f"{HOST}/watch?run=a&frame=7")
    # The page itself may go back to a view, and the app may choose one that was not there yet.
    page.evaluate("history.replaceState({}, '', '/watch?run=a&frame=6')")
    page.evaluate("history.pushState({}, '', '/watch?run=a&frame=6&model=fixation')")
    expect(page).to_have_url(f"{HOST}/watch?run=a&frame=6&model=fixation")
    assert page.evaluate("history.length") == 2
