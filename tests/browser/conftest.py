"""The real app in a process of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from fixviz.reading.samples import samples
from fixviz.settings import Settings
from fixviz.store import Store
from tests.browser.platform import Platform, lessons
from tests.browser.real_run import Real
from tests.browser.views import wait_for_frame
from tests.ports import free_port
from tests.ui.synthetic import one_patch_run, synthetic_run

ROOT = Path(__file__).resolve().parents[2]
# The first one has no windows, menus and side panels, and needs a quarter less of the processor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
NO_BROWSER = (
    "The browser tests need Chromium or Chrome, and none is installed. "
    "Debian: apt-get install chromium-headless-shell; Ubuntu: apt-get install chromium"
)
BUSY_MS = 180_000
"""How long to wait for the app on a computer that does much else."""
expect.set_options(timeout=BUSY_MS)
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # Pages of the app share a process, and with it the compiled code of the app.
    "--process-per-site",
]

PLAIN = "/_stcore/health"
"""A page of the server without a script."""

BLOCKED = "policy: "
"""How a message of the console begins that tells what the content policy blocked."""
TELL_BLOCKED = f"""document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`{BLOCKED}${{event.violatedDirective}} ${{event.blockedURI}} ${{event.sourceFile}}`))"""
"""A script for every page of a context."""


@dataclass(frozen=True)
class App:
    """A running app and the runs that it was given."""

    url: str
    store: Store
    run: str
    """Handle of the synthetic run with moving blobs."""


NewPage = Callable[..., Page]
"""Opens a page like `Tabs.open`."""


class Tabs:
    """Pages in one browser context, which all tests of a session use.

    A page of a new context fetches and compiles the whole app again, which takes three times as
    long as all that a test does with it. Here the app's files are in the cache, and one page of the
    app stays open so that its process and the compiled code do.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._context = browser.new_context()
        self._context.set_default_timeout(BUSY_MS)
        self._context.add_init_script(TELL_BLOCKED)
        self._url = url
        self._crashed = False
        self._kept = self._keep()

    def open(self, width: int = 1400, height: int = 1000, scheme: Any = "light") -> Page:
        """A new page of that size in CSS pixels and that color scheme."""
        page = self._context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        return page

    def close(self, page: Page) -> None:
        """Close a page, after which it stores nothing any more.

        A page that is closed may go on for a moment, and write its cookies after the next test has
        cleared them. Nothing of it runs once another page of the app has taken its place.
        """
        page.unroute_all(behavior="ignoreErrors")
        page.goto(f"{self._url}{PLAIN}")
        page.close()

    def forget(self) -> None:
        """Forget who was there: cookies, and what the app stored in the browser."""
        if self._crashed:
            self._kept = self._keep()
        self._context.clear_cookies()
        self._kept.evaluate("localStorage.clear()")

    def pages(self) -> list[Page]:
        """All that are open."""
        return self._context.pages

    def _keep(self) -> Page:
        page = self._context.new_page()
        page.goto(f"{self._url}{PLAIN}")
        self._crashed = False
        page.on("crash", self._note_crash)
        return page

    def _note_crash(self, _: Page) -> None:
        self._crashed = True


def installed() -> str:
    """The path of the system's Chromium or Chrome; the test fails where there is none."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    return path or pytest.fail(NO_BROWSER)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(folder: Path, *options: str, port: int | None = None, **settings: str) -> Iterator[App]:
    """The app in a process of its own. options: of the server; settings: environment variables."""
    home, log = folder / "home", folder / "app.log"
    home.mkdir(exist_ok=True)
    store = Store(Settings(home=home))
    run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    fixed = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *fixed, *options],
            # Any folder will do: the app finds its own files.
            cwd=home,
            env={**os.environ, "FIXVIZ_HOME": str(home), **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            base = next((o.partition("=")[2] for o in options if "baseUrlPath" in o), "")
            _wait_for(f"{url}{base}{PLAIN}", process, log)
            yield App(f"{url}{base}", store, run)
        finally:
            process.terminate()
            process.wait(timeout=120)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with served(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """Another site, which shows the app in a frame."""
    with lessons() as running:
        yield running


@pytest.fixture(scope="session")
def one_patch(app: App) -> str:
    """Handle of a run whose maps are 0 but for the patch in row 2, column 7."""
    return app.store.publish("b" * 64, *one_patch_run(2, 7), owner="test", name="patch.mp4")


@pytest.fixture(scope="session")
def corner_patch(app: App) -> str:
    """Handle of a run whose maps are 0 but for the patch in the top left corner."""
    return app.store.publish("c" * 64, *one_patch_run(0, 0), owner="test", name="corner.mp4")


@pytest.fixture(scope="session")
def tabs(browser: Browser, app: App) -> Tabs:
    """Where the pages of the app are opened."""
    return Tabs(browser, app.url)


@pytest.fixture(scope="session")
def real(tabs: Tabs, app: App) -> Real:
    """A run that the app made of the first bundled clip."""
    page = tabs.open()
    page.goto(f"{app.url}/watch")
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).click()
    wait_for_frame(page)
    named = re.compile(r"run=([\w-]+)")
    page.wait_for_url(named)
    found = named.search(page.url)
    tabs.close(page)
    assert found
    return Real(app.url, app.store, found.group(1))


@pytest.fixture
def new_page(tabs: Tabs) -> Iterator[NewPage]:
    """Opens pages like `Tabs.open`, for somebody who is new here.

    On none of them may an error go uncaught, or the content policy block anything.
    """
    tabs.forget()
    before = tabs.pages()
    errors: list[str] = []

    def note_blocked(said: ConsoleMessage) -> None:
        if said.text.startswith(BLOCKED):
            errors.append(said.text)

    def open_page(**size_and_scheme: Any) -> Page:
        page = tabs.open(**size_and_scheme)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note_blocked)
        return page

    yield open_page
    for page in tabs.pages():
        if page not in before:
            tabs.close(page)
    assert errors == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of the usual size."""
    return new_page()


@pytest.fixture(scope="session")
def results() -> Path:
    """Where pictures of the app go, for people to look at."""
    folder = ROOT / "test-results"
    folder.mkdir(exist_ok=True)
    return folder


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The app did not start:\n{log.read_text()}")
