"""The page that asks for the class code, in the real app: by keyboard, in a frame, below a path."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fixviz.course.app_texts import app_texts
from fixviz.ui.security.class_code import COOKIE
from tests.browser.conftest import BUSY_MS, App, served
from tests.browser.platform import Platform
from tests.browser.screens import each_screen
from tests.browser.test_accessibility import grave_findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE, BASE = "eyes wide 27", "/lab"
ENGLISH, CHINESE = app_texts("en"), app_texts("zh")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, platform: Platform) -> Iterator[App]:
    """An app with a class code below a path, which a site may show in a frame."""
    settings = {
        "FIXVIZ_CLASS_CODE": CODE,
        "FIXVIZ_EMBED_ORIGINS": f"http://localhost:{platform.port}",
    }
    folder = tmp_path_factory.mktemp("closed")
    with served(folder, f"--server.baseUrlPath={BASE}", **settings) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 390, "height": 780}, locale="en-US")
    made.set_default_timeout(BUSY_MS)
    yield made
    made.close()


def heard(page: Page) -> list[str]:
    """What a page says to be wrong, but the answer 401 that it is."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_link_asks_for_the_code_and_then_leads_on(closed: App, context: BrowserContext) -> None:
    page = context.new_page()
    said = heard(page)
    page.goto(f"{closed.url}/watch?run={closed.run}&frame=3")
    expect(page.get_by_role("heading")).to_have_text(ENGLISH["class_code.title"])
    expect(page.get_by_label(ENGLISH["class_code.label"])).to_be_focused()
    page.keyboard.type("something else")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(ENGLISH["class_code.wrong"])
    page.keyboard.type(CODE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="orbit.mp4").wait_for()
    expect(page).to_have_url(re.compile(re.escape(f"/watch?run={closed.run}&frame=3")))
    assert [text for text in said if "401" not in text] == []
    (cookie,) = [one for one in context.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"] and cookie["path"] == BASE
    page.goto(f"{closed.url}/library")
    page.get_by_role("heading", name="Library").wait_for()


def test_the_page_fits_and_can_be_read_by_everybody(closed: App, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{closed.url}/watch?run=x")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading")).to_have_text(CHINESE["class_code.title"])
    expect(page).to_have_url(re.compile("run=x&lang=zh"))
    page.get_by_role("textbox").fill("wrong")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text(CHINESE["class_code.wrong"])
    page.wait_for_function("() => document.fonts.check('16px \"Source Sans\"')")
    for screen in each_screen(page, (1280, 390), 780):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen
        assert grave_findings(page) == [], screen


def test_in_a_frame_the_code_is_typed_once(
    closed: App, context: BrowserContext, platform: Platform
) -> None:
    page = context.new_page()
    for asks in (True, False):
        page.goto(platform.url("localhost", f"{closed.url}/glossary"))
        frame = page.frame_locator("iframe")
        if asks:
            frame.get_by_role("textbox").fill(CODE)
            frame.get_by_role("button").click()
        frame.get_by_role("heading", name=ENGLISH["pages.glossary.title"]).wait_for()


def test_without_the_code_no_session_opens_and_health_is_told(
    closed: App, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{closed.url}/library")
    opened = page.evaluate(
        """(url) => new Promise((done) => {
          const socket = new WebSocket(url, ["streamlit"]);
          socket.onopen = () => done("open");
          socket.onclose = () => done("closed");
        })""",
        f"{closed.url.replace('http', 'ws')}/_stcore/stream",
    )
    assert opened == "closed"
    for path in ("/_stcore/health", "/api/health"):
        with urllib.request.urlopen(f"{closed.url}{path}", timeout=30) as answer:
            assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{closed.url}/api/runs/{closed.run}/manifest.json", timeout=30)
