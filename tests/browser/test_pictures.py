"""Pictures that Streamlit serves: none stays broken when the server did not have it for a moment."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import wait_for_pictures

pytestmark = pytest.mark.browser

PICTURES = "**/media/*.jpg"
BROKEN = """() => [...document.images].filter((image) =>
  image.complete && image.naturalWidth === 0 && getComputedStyle(image).visibility !== "hidden").length"""


def test_a_picture_that_was_gone_for_a_moment_is_fetched_again(page: Page, app: App) -> None:
    """Twice it is not there: the page runs again, and another session's page ends meanwhile."""
    asked: dict[str, int] = {}

    def refuse_twice(route: Route) -> None:
        url = route.request.url
        asked[url] = asked.get(url, 0) + 1
        if asked[url] > 2:
            route.continue_()
        else:
            route.fulfill(status=404)

    page.route(PICTURES, refuse_twice)
    page.goto(f"{app.url}/watch")
    thumbnails = page.get_by_test_id("stImage").locator("img")
    thumbnails.nth(len(samples()) - 1).wait_for(state="attached")
    wait_for_pictures(page)
    assert thumbnails.count() == len(samples()) == len(asked)
    assert {*asked.values()} == {3}
    for thumbnail in thumbnails.all():
        thumbnail.wait_for()


def test_a_picture_that_is_not_there_is_not_shown_broken_meanwhile(page: Page, app: App) -> None:
    """It may take seconds on a computer that does much else."""
    page.route(PICTURES, lambda route: route.fulfill(status=404))
    page.goto(f"{app.url}/watch")
    thumbnails = page.get_by_test_id("stImage").locator("img")
    thumbnails.nth(len(samples()) - 1).wait_for(state="attached")
    for thumbnail in thumbnails.all():
        thumbnail.wait_for(state="hidden")
    assert page.evaluate(BROKEN) == 0
