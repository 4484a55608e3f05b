"""The real app in a process of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.samples import samples
from tests.browser.real_run import Real
from tests.browser.views import wait_for_frame
from tests.ui.synthetic import one_patch_run, synthetic_run

ROOT = Path(__file__).resolve().parents[2]
NO_BROWSER = (
    "The browser tests need Chromium or Chrome, and none is installed. "
    "Debian and Ubuntu: apt-get install chromium"
)
BUSY_MS = 180_000
"""How long to wait for the app on a computer that does much else."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class App:
    """A running app and the runs that it was given."""

    url: str
    store: Store
    run: str
    """Handle of the synthetic run with moving blobs."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    log = tmp_path_factory.mktemp("log") / "app.log"
    store = Store(Settings(home=home))
    run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *options],
            # Any folder will do: the app finds its own files.
            cwd=home,
            env={**os.environ, "FIXVIZ_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/_stcore/health", process, log)
            yield App(url, store, run)
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def one_patch(app: App) -> str:
    """Handle of a run whose maps are 0 but for the patch in row 2, column 7."""
    return app.store.publish("b" * 64, *one_patch_run(2, 7), owner="test", name="patch.mp4")


@pytest.fixture(scope="session")
def corner_patch(app: App) -> str:
    """Handle of a run whose maps are 0 but for the patch in the top left corner."""
    return app.store.publish("c" * 64, *one_patch_run(0, 0), owner="test", name="corner.mp4")


@pytest.fixture(scope="session")
def real(browser: Browser, app: App) -> Real:
    """A run that the app made of the first bundled clip."""
    page = browser.new_page()
    page.set_default_timeout(BUSY_MS)
    page.goto(app.url)
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).click()
    wait_for_frame(page)
    found = re.search(r"run=([\w-]+)", page.url)
    page.close()
    assert found
    return Real(app.url, app.store, found.group(1))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh session, which must not log an error."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


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
