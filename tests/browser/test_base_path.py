"""The app below a path: its own (`fixviz app --base-path`), or one that a reverse proxy takes off."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

from fixviz.reading.samples import samples
from fixviz.ui.owner import COOKIE
from tests.browser.conftest import BUSY_MS, ROOT, TELL_BLOCKED, App, served
from tests.browser.proxy import proxy
from tests.browser.real_run import given_run
from tests.browser.views import (
    export,
    wait_for_charts,
    wait_for_frame,
    wait_for_pictures,
    wait_for_script,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT, STRIPPED = "/lab/fixviz", "/user/ada/proxy/8501"
REFUSED = (401, 403, 404, 500, 502)
PAGES = sorted("" if path.stem == "start" else path.stem for path in (ROOT / "pages").rglob("*.py"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a base path, behind a proxy that keeps it. Every page has something to draw of its run."""
    folder = tmp_path_factory.mktemp("below")
    with (
        served(folder, f"--server.baseUrlPath={KEPT}") as running,
        proxy(running.url.removesuffix(KEPT), KEPT, strips=False) as url,
    ):
        yield App(url, running.store, given_run(running.store))


@pytest.fixture(scope="module")
def behind(app: App) -> Iterator[App]:
    """An app without one, behind a proxy that takes its path off."""
    with proxy(app.url, STRIPPED, strips=True) as url:
        yield App(url, app.store, given_run(app.store))


# The second has the same URLs in its pages; a few of them show whether the browser finds what they name.
@pytest.mark.parametrize(("home", "pages"), [("kept", PAGES), ("behind", ["teach", "what_if"])])
def test_every_page_works_below_the_path(
    browser: Browser, home: str, pages: list[str], request: pytest.FixtureRequest
) -> None:
    """No request leaves the path, and none fails; nothing is blocked, and no page logs an error."""
    there: App = request.getfixturevalue(home)
    path = urlsplit(there.url).path
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(BUSY_MS)
    context.add_init_script(TELL_BLOCKED)
    page = context.new_page()
    # Without the slash: the server or a script leads on.
    page.goto(there.url)
    page.wait_for_url(f"{there.url}/")
    page.get_by_role("link", name=re.compile("^First lesson")).wait_for()
    context.clear_cookies()
    wrong: list[str] = []
    asked: list[str] = []

    def note(url: str, status: int = 0) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "ws"):
            asked.append(parts.path)
            if not f"{parts.path}/".startswith(f"{path}/") or status in REFUSED:
                wrong.append(f"{status} {url}")

    def answered(response: Response) -> None:
        note(response.url, response.status)

    page.on("response", answered)
    page.on("websocket", lambda socket: note(socket.url))
    page.on("requestfailed", lambda r: note(r.url, 404) if "ABORT" not in str(r.failure) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    for name in pages:
        page.goto(
            f"{there.url}/{name}" + (f"?run={there.run}" if name not in ("", "teach") else "")
        )
        page.locator("h1").first.wait_for()
        wait_for_script(page)
        wait_for_pictures(page)
        wait_for_charts(page)
        page.wait_for_url(re.compile(rf"^https?://[^/]+{re.escape(f'{path}/{name}')}($|[?#])"))
    walk(page, there)
    assert wrong == []
    for part in ("/static/", "/_stcore/stream", "/api/ui/", "/api/runs/", "/api/course/"):
        assert any(part in url for url in asked), part
    paths = {cookie["name"]: cookie["path"] for cookie in context.cookies()}
    assert (paths[COOKIE], paths["fixviz_language"]) == (path, path)
    context.close()


def walk(page: Page, there: App) -> None:
    """Go the ways that a visitor goes: links, redirects, an analysis, an upload, back."""
    page.goto(f"{there.url}/")
    page.get_by_role("link", name=re.compile("^First lesson")).click()
    page.wait_for_url(f"{there.url}/course?lesson=tokens*")
    page.locator('[data-page="tokens"], .lesson').first.wait_for()
    page.go_back()
    page.wait_for_url(f"{there.url}/")
    # A link of an earlier version.
    page.goto(f"{there.url}/?run={there.run}&frame=5")
    wait_for_frame(page, 5)
    page.wait_for_url(f"{there.url}/watch?*")
    page.locator('[data-testid="stSidebarNavLink"]').get_by_text("Fixation", exact=True).click()
    page.wait_for_url(re.compile(rf"^{re.escape(there.url)}/fixation\?.*run="))
    page.get_by_role("link", name="Open in Watch", exact=True).click()
    wait_for_frame(page, 5)
    # The player computes in WebAssembly, in a worker.
    page.locator("canvas.picture").nth(1).click()
    page.wait_for_selector('.viewer[data-ready="true"][data-query*="-"]')
    assert export(page, "csv").path().stat().st_size > 0
    page.get_by_role("button", name="Report").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save the report").click()
    assert caught.value.path().stat().st_size > 0
    page.goto(f"{there.url}/watch?lang=zh")
    page.get_by_role("button", name="Watch").first.wait_for()
    wait_for_script(page)
    wait_for_pictures(page)
    page.locator("input[type=file]").set_input_files(samples()[0].path)
    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    page.reload()
    wait_for_frame(page)


def test_https_that_ends_at_the_proxy_is_known(app: App) -> None:
    """A proxy on the same computer is trusted; the cookies of its visitors are for https only."""
    for path, named in (("/", COOKIE), ("/_stcore/health", "_streamlit_xsrf")):
        for proto, secure in (("https", True), ("http", False)):
            headers = {"Accept": "text/html", "X-Forwarded-Proto": proto}
            asked = urllib.request.Request(app.url + path, headers=headers)
            with urllib.request.urlopen(asked) as answer:
                cookies = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith(named)]
            assert len(cookies) == 1
            assert ("; Secure" in cookies[0]) == secure
