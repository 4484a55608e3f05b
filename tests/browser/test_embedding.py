"""The app in a frame of another site, such as a learning platform: all of it works, and only there.

To a browser, 127.0.0.1, localhost and other.localhost are three sites.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from fixviz.course.app_texts import app_texts
from fixviz.reading.samples import samples
from fixviz.ui.owner import COOKIE
from tests.browser.conftest import BUSY_MS, TELL_BLOCKED, App, served
from tests.browser.own_checkpoint import packed_checkpoint
from tests.browser.platform import Platform
from tests.browser.real_run import given_run
from tests.browser.views import wait_for_charts, wait_for_script, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOREIGN = """async ([app, session]) => {
  const upload = app + "/_stcore/upload_file/" + session + "/1";
  const ask = (url, options) => fetch(url, { credentials: "include", ...options })
    .then((response) => "status " + response.status, (error) => error.name);
  const data = new FormData();
  data.append("file", new Blob(["x"]), "x.mp4");
  const socket = await new Promise((done) => {
    const socket = new WebSocket(app.replace("http", "ws") + "/_stcore/stream", ["streamlit"]);
    socket.onopen = () => done("open");
    socket.onclose = () => done("closed");
  });
  return {
    socket,
    put: await ask(upload, { method: "PUT", body: data }),
    token: await ask(upload, { method: "PUT", body: data, headers: { "X-Xsrftoken": "2|0|0|1" } }),
    remove: await ask(upload, { method: "DELETE" }),
    read: await ask(app + "/library", {}),
  };
}"""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, platform: Platform) -> Iterator[App]:
    """An app that names localhost as a site that may show it."""
    origin = f"http://localhost:{platform.port}"
    folder = tmp_path_factory.mktemp("embedded")
    with served(folder, FIXVIZ_EMBED_ORIGINS=origin) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(BUSY_MS)
    context.add_init_script(TELL_BLOCKED)
    yield context
    context.close()


def lesson(visitor: BrowserContext, platform: Platform, src: str) -> tuple[Page, Frame]:
    """A new page of the platform, and what is in its frame."""
    page = visitor.new_page()
    page.goto(platform.url("localhost", src))
    return page, page.frames[1]


def follow(frame: Frame, name: str) -> None:
    """Go to a page in the navigation of the app."""
    frame.locator('[data-testid="stSidebarNavLink"]').get_by_text(name, exact=True).click()


def in_frame(page: Page) -> Frame:
    return page.frames[1]


def test_a_video_is_uploaded_analyzed_exported_and_found_again(
    visitor: BrowserContext, embedded: App, platform: Platform, results: Path
) -> None:
    page, frame = lesson(visitor, platform, f"{embedded.url}/watch")
    around = page.url
    wait_for_script(frame)
    frame.locator("input[type=file]").set_input_files(samples()[0].path)
    frame.get_by_role("button", name="Analyze").click()
    frame.wait_for_selector('.viewer[data-ready="true"]')
    page.screenshot(path=results / "embedded-watch.png")
    frame.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as caught:
        frame.locator("[data-export]").first.click()
    assert caught.value.path().stat().st_size > 0
    page.reload()
    frame = in_frame(page)
    follow(frame, "Library")
    frame.get_by_role("link", name="Open", exact=True).click()
    frame.wait_for_selector('.viewer[data-ready="true"]')
    page.screenshot(path=results / "embedded-library.png")
    # The app never leaves its frame.
    expect(page).to_have_url(around)
    cookies = [cookie for cookie in visitor.cookies() if cookie["domain"] == "127.0.0.1"]
    assert {"_streamlit_xsrf", COOKIE} <= {cookie["name"] for cookie in cookies}
    for cookie in cookies:
        assert cookie["sameSite"] == "None"
        assert cookie["secure"]
        assert cookie.get("partitionKey") == "http://localhost"
    # In a tab, and in the frame of another lesson of that site.
    page.goto(f"{embedded.url}/library")
    page.get_by_text("Nothing here yet").wait_for()
    page.close()
    page, frame = lesson(visitor, platform, f"{embedded.url}/library")
    frame.get_by_role("link", name="Open", exact=True).wait_for()
    page.close()


def test_a_checkpoint_of_ones_own_is_loaded(
    visitor: BrowserContext, embedded: App, platform: Platform, tmp_path: Path
) -> None:
    page, frame = lesson(visitor, platform, f"{embedded.url}/models")
    frame.get_by_text("Load your own checkpoint").click()
    file = {
        "name": "fine.zip",
        "mimeType": "application/zip",
        "buffer": packed_checkpoint(tmp_path),
    }
    frame.locator("input[type=file]").set_input_files(file)
    frame.get_by_text("fine.zip").first.wait_for()
    frame.get_by_role("button", name="Check and load").click()
    frame.get_by_text("Tiny one is loaded").wait_for()
    page.reload()
    in_frame(page).get_by_text("Tiny one").first.wait_for()
    page.close()


def test_course_language_and_history_stay_in_the_frame(
    visitor: BrowserContext, embedded: App, platform: Platform
) -> None:
    page = visitor.new_page()
    page.goto(f"http://localhost:{platform.port}/")
    page.goto(platform.url("localhost", f"{embedded.url}/"))
    around, count = page.url, page.evaluate("history.length")
    frame = in_frame(page)
    follow(frame, "Course")
    frame.wait_for_url("**/course")
    follow(frame, "Glossary")
    frame.wait_for_url("**/glossary")
    wait_until(page, lambda: page.evaluate("history.length") == count + 2, "two more entries")
    frame.locator(".st-key-language").get_by_text("中文").click()
    frame.get_by_role("heading", name=app_texts("zh")["pages.glossary.title"], level=1).wait_for()
    for path in ("/course", "/"):
        page.evaluate("history.back()")
        frame.wait_for_url(f"{embedded.url}{path}")
        expect(page).to_have_url(around)
    # Later, since the page that is asked is left.
    page.evaluate("() => void setTimeout(() => history.back())")
    page.wait_for_url(f"http://localhost:{platform.port}/")
    page.evaluate("() => void setTimeout(() => history.forward())")
    page.wait_for_url(around)
    frame = in_frame(page)
    expect(frame.locator("html")).to_have_attribute("lang", "zh")
    page.close()


def test_other_sites_get_an_empty_frame(
    visitor: BrowserContext, embedded: App, app: App, platform: Platform
) -> None:
    """One that is not named, and any where no site is named."""
    page = visitor.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    refused = (
        ("other.localhost", embedded.url),
        ("127.0.0.1", embedded.url),
        ("localhost", app.url),
    )
    for host, url in refused:
        for path in ("/", "/watch", f"/?run={embedded.run}"):
            said.clear()
            page.goto(platform.url(host, f"{url}{path}"))
            page.wait_for_function("() => frames[0].length === 0")
            wait_until(page, lambda: in_frame(page).url.startswith("chrome-error:"), "an error")
            frame = in_frame(page)
            assert frame.locator("#root, .fixviz, #fixviz-first").count() == 0
            wait_until(page, lambda: any("frame-ancestors" in text for text in said), "the reason")
    page.close()


def test_nothing_is_blocked_in_the_frame(
    visitor: BrowserContext, embedded: App, platform: Platform
) -> None:
    run = given_run(embedded.store)
    page, errors = visitor.new_page(), list[str]()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(platform.url("localhost", f"{embedded.url}/"))
    frame = in_frame(page)
    for name in ("", f"concentration?run={run}", "course?lesson=softmax", "library"):
        frame.goto(f"{embedded.url}/{name}")
        wait_for_script(frame)
        wait_for_charts(frame)
        frame.wait_for_timeout(400)
    frame.goto(f"{embedded.url}/watch?run={run}")
    frame.wait_for_selector('.viewer[data-ready="true"]')
    page.close()
    assert errors == []


@pytest.mark.parametrize(
    ("to", "host"),
    [("embedded", "localhost"), ("embedded", "other.localhost"), ("app", "other.localhost")],
)
def test_a_foreign_page_changes_nothing(
    visitor: BrowserContext,
    platform: Platform,
    to: str,
    host: str,
    request: pytest.FixtureRequest,
) -> None:
    """Also not the site around the frame, with whose requests the cookies come."""
    there: App = request.getfixturevalue(to)
    page = visitor.new_page()
    page.goto(platform.url(host, f"{there.url}/library"))
    if host == "localhost":
        in_frame(page).get_by_role("heading", name="Library", level=1).wait_for()
    answers = page.evaluate(FOREIGN, [there.url, "0f0f"])
    assert answers == dict.fromkeys(("put", "token", "remove", "read"), "TypeError") | {
        "socket": "closed"
    }
    page.close()


def test_an_upload_needs_the_token_of_the_visitor(embedded: App) -> None:
    """What comes with a foreign request at most are the cookies, whose token it cannot read."""
    with urllib.request.urlopen(f"{embedded.url}/_stcore/health") as health:
        cookie = health.headers["Set-Cookie"].partition(";")[0]
    token = cookie.partition("=")[2]
    other = re.sub(r"\|[0-9a-f]{32}\|", "|" + "0" * 32 + "|", token)
    assert other != token
    for method in ("PUT", "DELETE"):
        for sent, status in ((None, 403), ("", 403), (other, 403), (token, 400)):
            asked = urllib.request.Request(
                f"{embedded.url}/_stcore/upload_file/0f0f/1",
                b"x",
                {"Cookie": cookie},
                method=method,
            )
            if sent is not None:
                asked.add_header("X-Xsrftoken", sent)
            try:
                with urllib.request.urlopen(asked) as answer:
                    found = answer.status
            except urllib.error.HTTPError as refused:
                found = refused.code
            # With the token, the upload fails for want of the session, and there is nothing to delete.
            assert found == (204 if (method, status) == ("DELETE", 400) else status)
