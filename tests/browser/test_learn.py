"""The pages under Learn in a browser: the glossary, and that the course keeps its place in the URL."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fixviz.course.terms import read_glossary
from tests.browser.conftest import App, NewPage
from tests.browser.screens import each_screen
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import steady_box

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_to_a_term_shows_it(new_page: NewPage, app: App, width: int) -> None:
    page = new_page(width=width, height=800)
    page.goto(f"{app.url}/glossary?lang=zh#lorenz-curve")
    heading = page.get_by_role("heading", name=read_glossary("zh")["Lorenz curve"].title)
    heading.wait_for()
    page.wait_for_function(
        "() => document.getElementById('lorenz-curve').getBoundingClientRect().top < 400"
    )
    page.wait_for_timeout(1000)
    assert 0 <= steady_box(heading)["y"] < 400


def test_the_glossary_has_no_grave_finding(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    page.goto(f"{app.url}/glossary?lang=en")
    page.locator("#window").wait_for()
    page.wait_for_timeout(600)
    for screen in each_screen(page, (1280, 390), 900):
        assert grave_findings(page) == [], screen
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_search_works_while_somebody_types(page: Page, app: App) -> None:
    page.goto(f"{app.url}/glossary?lang=en")
    page.locator("#window").wait_for()
    page.get_by_role("searchbox").press_sequentially("lorenz")
    page.locator("#window").wait_for(state="detached")
    expect(page.locator("#lorenz-curve")).to_be_visible()


def test_the_course_keeps_its_place_in_the_url(page: Page, app: App) -> None:
    url = f"{app.url}/course?lang=en&lesson=tokens&step=place"
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(2500)
    expect(page).to_have_url(url)
