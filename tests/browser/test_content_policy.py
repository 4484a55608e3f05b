"""The app lives under its own security headers: nothing of it is blocked, and what is foreign is.

That no page has something blocked is watched wherever a browser test opens a page (`conftest.new_page`), by
the walk below a path (`test_base_path`), in the frame of another site (`test_embedding`), and here with a
camera.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from fixviz.course.app_texts import app_texts
from tests.browser.conftest import ARGUMENTS, BLOCKED, BUSY_MS, TELL_BLOCKED, App, Tabs, installed
from tests.browser.test_teach_a_model import CAMERA
from tests.browser.views import wait_for_charts, wait_for_script

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def filming(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with a camera."""
    other = browser.browser_type.launch(executable_path=installed(), args=[*ARGUMENTS, *CAMERA])
    context = other.new_context(viewport={"width": 1300, "height": 900}, locale="en-US")
    context.set_default_timeout(BUSY_MS)
    context.add_init_script(TELL_BLOCKED)
    yield context
    other.close()


def listened(context: BrowserContext) -> tuple[Page, list[str]]:
    """A new page, and what it logs as an error or throws."""
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def drawn(page: Page) -> None:
    """Wait until Streamlit has drawn a page and its charts are there."""
    wait_for_script(page)
    wait_for_charts(page)
    page.wait_for_timeout(400)


@pytest.mark.slow
def test_the_camera_works_on_a_page_that_was_reached_by_a_link(
    filming: BrowserContext, app: App
) -> None:
    """Streamlit keeps the first page's document, and the first page's policy with it."""
    page, errors = listened(filming)
    page.goto(f"{app.url}/library?lang=en")
    drawn(page)
    page.evaluate("window.sameDocument = true")
    title = app_texts("en")["pages.teach_a_model.title"]
    page.locator('[data-testid="stSidebarNavLink"]').get_by_text(title, exact=True).click()
    texts = {
        key: app_texts("en")[f"teach_a_model.{key}"]
        for key in ("recorder.turn_on", "recorder.record_one", "recorder.preview", "clip_label")
    }
    page.get_by_role("button", name=texts["recorder.turn_on"]).click()
    page.get_by_role("button", name=texts["recorder.record_one"].format(seconds=2)).click()
    name = app_texts("en")["teach_a_model.default_names"].format(number=1)
    page.get_by_role("img", name=texts["clip_label"].format(number=1, name=name)).wait_for()
    assert page.evaluate("window.sameDocument")
    for feature, allowed in (("camera", True), ("microphone", False), ("geolocation", False)):
        assert page.evaluate(f"document.featurePolicy.allowsFeature('{feature}')") == allowed
    page.close()
    assert errors == []


def test_scripts_and_pictures_from_elsewhere_are_blocked(filming: BrowserContext, app: App) -> None:
    page, errors = listened(filming)
    page.goto(f"{app.url}/library")
    drawn(page)
    ran = page.evaluate(
        """async () => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
          const picture = new Image();
          const failed = new Promise((done) => {
            picture.onerror = () => done("failed");
            picture.onload = () => done("seen");
          });
          picture.src = "http://127.0.0.1:9/x.png";
          const fetched = await fetch("http://127.0.0.1:9/").then(() => "read", () => "failed");
          return [window.ran ?? false, await failed, fetched];
        }"""
    )
    assert ran == [False, "failed", "failed"]
    said = [error for error in errors if error.startswith(BLOCKED)]
    assert {error.split()[1] for error in said} == {"script-src-elem", "img-src", "connect-src"}
    page.close()


def test_pages_of_all_tests_tell_what_is_blocked(tabs: Tabs, app: App) -> None:
    page = tabs.open()
    page.goto(f"{app.url}/library")
    drawn(page)
    with page.expect_console_message(lambda said: said.text.startswith(BLOCKED)):
        page.evaluate("() => { new Image().src = 'http://127.0.0.1:9/x.png'; }")
    tabs.close(page)
