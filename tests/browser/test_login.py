"""Login in the real app with a provider on loopback: in, to the link, on another computer, and out."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytest.importorskip("authlib")

from fixviz.course.app_texts import app_texts
from fixviz.ui.security import server_key
from fixviz.ui.security.login import AFTER, owner_of
from tests.browser.conftest import BUSY_MS, App, served
from tests.browser.identity_provider import CLIENT, CLIENT_SECRET, Provider, provider
from tests.browser.test_accessibility import grave_findings
from tests.ports import free_port
from tests.ui.synthetic import synthetic_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENGLISH = app_texts("en")


@pytest.fixture(scope="module")
def identities() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory, identities: Provider) -> Iterator[App]:
    """An app with a login, and a run of Ada's."""
    folder, port = tmp_path_factory.mktemp("private"), free_port()
    secrets = folder / "home" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "of this test, long enough"
client_id = "{CLIENT}"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "{identities.url}/.well-known/openid-configuration"
"""
    )
    with served(folder, port=port) as running:
        home: Path = folder / "home"
        owner = owner_of(home, identities.url, "ada")
        running.store.publish("e" * 64, *synthetic_run(), owner=owner, name="adas.mp4")
        yield running
    server_key._known.pop(home)


@pytest.fixture
def computers(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two browsers that share nothing."""
    made = [
        browser.new_context(viewport={"width": width, "height": 800}, locale="en-US")
        for width in (1280, 390)
    ]
    for context in made:
        context.set_default_timeout(BUSY_MS)
    yield made
    for context in made:
        context.close()


def log_in(page: Page, who: str) -> None:
    page.get_by_role("link", name=ENGLISH["login.button"], exact=True).click()
    page.get_by_role("link", name=who).click()


def test_one_finds_ones_runs_on_every_computer_and_nobody_elses(
    private: App, computers: list[BrowserContext]
) -> None:
    for context, who in zip((*computers, computers[0]), ("ada", "ada", "bob"), strict=True):
        context.clear_cookies()
        page = context.new_page()
        page.goto(f"{private.url}/library")
        expect(page.get_by_role("heading")).to_have_text(ENGLISH["login.title"])
        assert grave_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        log_in(page, who)
        page.get_by_role("heading", name="Library").wait_for()
        expect(page).to_have_url(f"{private.url}/library")
        page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
        expect(page.get_by_text("adas.mp4")).to_have_count(1 if who == "ada" else 0)
        assert AFTER not in {cookie["name"] for cookie in context.cookies()}


def test_a_link_to_a_run_leads_on_and_routes_know_who_asks(
    private: App, computers: list[BrowserContext]
) -> None:
    manifest = f"{private.url}/api/runs/{private.run}/manifest.json"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(manifest, timeout=30)
    page = computers[0].new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.goto(f"{private.url}/watch?run={private.run}&frame=3")
    log_in(page, "bob")
    page.get_by_role("heading", name="orbit.mp4").wait_for()
    expect(page).to_have_url(re.compile(re.escape(f"/watch?run={private.run}&frame=3")))
    assert page.request.get(manifest).ok
    assert [text for text in said if "401" not in text] == []


def test_who_logs_out_is_asked_again(private: App, computers: list[BrowserContext]) -> None:
    page = computers[0].new_page()
    page.goto(private.url)
    log_in(page, "ada")
    page.get_by_role("link", name=re.compile("^First lesson")).wait_for()
    page.get_by_role("button", name=ENGLISH["login.out"]).click()
    expect(page.get_by_role("heading")).to_have_text(ENGLISH["login.title"])
    page.goto(f"{private.url}/library")
    expect(page.get_by_role("heading")).to_have_text(ENGLISH["login.title"])
