"""The app lives under its own security headers: no page has something blocked or logs an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page

from fixviz.course import shipped
from fixviz.course.app_texts import app_texts
from fixviz.store import Store
from tests.browser.conftest import ARGUMENTS, BUSY_MS, App, installed, served
from tests.browser.test_embedding import Platform, platform
from tests.browser.test_teach_a_model import CAMERA

pytestmark = pytest.mark.browser
__all__ = ["platform"]

PAGES = (
    *("course?lesson=softmax", "course?lesson=tokens", "teach", "glossary", "library", "models"),
    *("concentration?run=RUN", "fixation?run=RUN", "neighborhood?run=RUN", "attribution?run=RUN"),
    *("what_if?run=RUN&change=dial.0", "teach_a_model", "watch", "benchmark?class=left"),
)
WATCHED = """() => document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


def given_run(store: Store) -> str:
    """A handle on the run that comes with fixviz: every page has something to draw."""
    found = shipped.run()
    manifest = found.store.manifest(found.handle)
    arrays = {name: found.store.array(found.handle, name) for name in manifest["arrays"]}
    files = {name: found.store.file(found.handle, name) for name in manifest["files"]}
    return store.publish("7" * 64, manifest, arrays, files, owner="test", name="walk.mp4")


@pytest.fixture(scope="module")
def filming(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with a camera."""
    other = browser.browser_type.launch(executable_path=installed(), args=[*ARGUMENTS, *CAMERA])
    context = other.new_context(viewport={"width": 1300, "height": 900}, locale="en-US")
    context.set_default_timeout(BUSY_MS)
    context.add_init_script(f"({WATCHED})()")
    yield context
    other.close()


def listened(context: BrowserContext) -> tuple[Page, list[str]]:
    """A new page, and what it logs as an error or throws."""
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def drawn(place: Page | Frame) -> None:
    """Wait until Streamlit has drawn a page and its charts are there."""
    place.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
    place.wait_for_function(
        "() => [...document.querySelectorAll('.stPlotlyChart')].every((e) => e.querySelector('svg.main-svg'))"
    )
    place.wait_for_timeout(400)


def walk(place: Any, url: str, run: str, pages: tuple[str, ...] = PAGES) -> None:
    for name in pages:
        place.goto(f"{url}/{name.replace('RUN', run)}")
        drawn(place)


@pytest.fixture(scope="module", params=["", "/lab/fixviz"])
def based(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app, on its own and below a path."""
    options = [f"--server.baseUrlPath={request.param}"] if request.param else []
    with served(tmp_path_factory.mktemp("policy"), *options) as running:
        yield running


def test_nothing_is_blocked_on_any_page(
    filming: BrowserContext, based: App, tmp_path: Path
) -> None:
    page, errors = listened(filming)
    run = given_run(based.store)
    page.goto(f"{based.url}/")
    drawn(page)
    walk(page, based.url, run)
    page.goto(f"{based.url}/watch?run={run}")
    page.wait_for_selector('.viewer[data-ready="true"]')
    # The player computes in WebAssembly, in a worker.
    page.locator("canvas.picture").nth(1).click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as caught:
        page.locator('[data-export="csv"]').click()
    assert caught.value.path().stat().st_size > 0
    page.get_by_role("button", name="Report").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save the report").click()
    assert caught.value.path().stat().st_size > 0
    page.close()
    assert errors == []


def test_the_camera_works_on_a_page_that_was_reached_by_a_link(
    filming: BrowserContext, based: App
) -> None:
    """Streamlit keeps the first page's document, and the first page's policy with it."""
    page, errors = listened(filming)
    page.goto(f"{based.url}/library?lang=en")
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


def test_scripts_and_pictures_from_elsewhere_are_blocked(
    filming: BrowserContext, based: App
) -> None:
    page, errors = listened(filming)
    page.goto(f"{based.url}/library")
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
    said = [error for error in errors if error.startswith("policy: ")]
    assert {error.split()[1] for error in said} == {"script-src-elem", "img-src", "connect-src"}
    page.close()


def test_nothing_is_blocked_in_a_frame_of_another_site(
    filming: BrowserContext, platform: Platform, tmp_path: Path
) -> None:
    with served(tmp_path, FIXVIZ_EMBED_ORIGINS=f"http://localhost:{platform.port}") as app:
        run = given_run(app.store)
        page, errors = listened(filming)
        page.goto(platform.url("localhost", f"{app.url}/"))
        frame = page.frames[1]
        drawn(frame)
        walk(frame, app.url, run, ("concentration?run=RUN", "course?lesson=softmax", "library"))
        frame.goto(f"{app.url}/watch?run={run}")
        frame.wait_for_selector('.viewer[data-ready="true"]')
        page.goto(platform.url("127.0.0.1", f"{app.url}/"))
        page.wait_for_timeout(1000)
        assert page.frames[1].url.startswith("chrome-error"), "only the site that was named"
        page.close()
    said = [error for error in errors if "frame-ancestors" not in error]
    assert said == []
