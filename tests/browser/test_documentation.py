"""The built documentation in a browser: its pages fit, ask nobody else, and can be searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import BUSY_MS
from tests.browser.file_server import served_files

# The documentation is built within the first test.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The URL under which the site is served."""
    with served_files(site) as url:
        yield url


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_fit_the_window_and_ask_no_other_server(
    browser: Browser, served: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.set_default_timeout(BUSY_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name in ("index", "tutorial/first-clip", "explanation/model", "reference/measures"):
        page.goto(f"{served}/{name}.html", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth)"), name
    assert [url for url in asked if not url.startswith((served, "data:", "blob:"))] == []
    assert said == []
    page.close()


def test_the_search_finds_a_term(browser: Browser, served: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.set_default_timeout(BUSY_MS)
    page.goto(f"{served}/index.html")
    page.get_by_role("textbox", name="Search").fill("effective support")
    result = page.locator(".md-search-result__link").first
    result.wait_for()
    result.click()
    page.wait_for_url("**/*.html**")
    expect(page.locator("article")).to_contain_text("ffective support", use_inner_text=True)
    page.close()


def test_the_home_page_sends_every_reader_on_without_scrolling(
    browser: Browser, served: str
) -> None:
    height = 844
    page = browser.new_page(viewport={"width": 1280, "height": height})
    page.set_default_timeout(BUSY_MS)
    page.goto(f"{served}/index.html")
    ways = page.locator(".readers > div")
    expect(ways).to_have_count(4)
    for way in ways.all():
        box = way.bounding_box()
        assert box is not None and box["y"] + box["height"] < height
        assert way.get_by_role("link").count() >= 1
    page.close()
