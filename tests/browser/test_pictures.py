"""Pictures of the pages: all of them arrive with the page, whatever Streamlit forgets meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import wait_for_pictures, wait_for_script

pytestmark = pytest.mark.browser

PICTURES = '[data-testid="stImage"] img'


@pytest.mark.slow
@pytest.mark.parametrize("name", ["watch", "neighborhood", "fixation"])
def test_a_page_asks_streamlit_for_no_picture(page: Page, app: App, name: str) -> None:
    """Streamlit's own URLs of pictures answer 404 while a page runs again."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app.url}/{name}" + (f"?run={app.run}" if name != "watch" else ""))
    page.locator(PICTURES).first.wait_for()
    wait_for_script(page)
    wait_for_pictures(page)
    if name == "watch":
        expect(page.locator(PICTURES)).to_have_count(len(samples()))
    assert asked
    kept = [url for url in asked if "/media/" in url and "/static/" not in url]
    assert kept == []
