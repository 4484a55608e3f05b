"""The view is kept on every way between pages, and the browser's history has one entry a page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from fixviz.reading.samples import samples
from tests.browser.conftest import BUSY_MS, ROOT, App
from tests.browser.views import wait_for_frame, wait_for_script, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEW = {"layer": "1", "head": "2", "frame": "5"}


def path_and_parameters(page: Page) -> tuple[str, dict[str, str]]:
    parts = urlsplit(page.url)
    return parts.path, dict(parse_qsl(parts.query))


def go(page: Page, name: str, path: str) -> None:
    """Go to a page in the navigation, and wait until its URL names the run."""
    page.locator('[data-testid="stSidebarNavLink"]').get_by_text(name, exact=True).click()
    page.wait_for_url(re.compile(rf"/{path}\?.*run="), timeout=BUSY_MS)


def shows(page: Page, text: str) -> None:
    page.get_by_text(text).first.wait_for(timeout=BUSY_MS)


def names(page: Page, parameters: dict[str, str]) -> None:
    """Wait until the URL names exactly that; it follows what is on screen a moment later."""
    page.wait_for_url(
        lambda url: dict(parse_qsl(urlsplit(url).query)) == parameters, timeout=BUSY_MS
    )


def on(page: Page, path: str) -> None:
    """Wait until the URL has a path."""
    page.wait_for_url(lambda url: urlsplit(url).path == path, timeout=BUSY_MS)


def entries(page: Page) -> int:
    return int(page.evaluate("history.length"))


def test_each_page_is_one_entry_and_back_shows_it_as_it_was(page: Page, app: App) -> None:
    view = "&".join(f"{name}={value}" for name, value in VIEW.items())
    page.goto(f"{app.url}/?run={app.run}&{view}&alpha=1.5")
    wait_for_frame(page, 5)
    on(page, "/watch")
    first = entries(page)
    later = page.get_by_role("button", name="Next frame")
    later.click()
    wait_for_frame(page, 6)
    # Left before it has settled: the next page hears of it all the same.
    later.click()
    go(page, "Concentration", "concentration")
    shows(page, "Spatial attention, layer 1, head 2.")
    names(page, {"run": app.run, **VIEW, "frame": "7"})
    wait_for_script(page)
    assert entries(page) == first + 1
    slider = page.locator(".st-key-on_frame").get_by_role("slider")
    expect(slider).to_have_value("7")
    for step in range(3):
        slider.press("ArrowRight")
        page.wait_for_url(re.compile(rf"frame={8 + step}"), timeout=BUSY_MS)
    assert entries(page) == first + 1, "choices replace the entry"
    go(page, "Fixation", "fixation")
    shows(page, "Spatial attention, layer 1, head 2; frame 10")
    assert entries(page) == first + 2
    wait_for_script(page)
    go(page, "Watch", "watch")
    wait_for_frame(page, 10)
    names(page, {"run": app.run, **VIEW, "frame": "10", "alpha": "1.5"})
    assert entries(page) == first + 3
    page.get_by_role("button", name="Next frame").click()
    wait_for_frame(page, 11)
    names(page, {"run": app.run, **VIEW, "frame": "11", "alpha": "1.5"})
    page.go_back()
    shows(page, "Spatial attention, layer 1, head 2; frame 10")
    on(page, "/fixation")
    page.go_back()
    shows(page, "Spatial attention, layer 1, head 2.")
    expect(page.locator(".st-key-on_frame").get_by_role("slider")).to_have_value("10")
    page.go_back()
    wait_for_frame(page, 7)
    names(page, {"run": app.run, **VIEW, "frame": "7", "alpha": "1.5"})
    on(page, "/watch")
    for _ in range(3):
        page.go_forward()
    wait_for_frame(page, 11)
    # Straight from one view of the run to another, as quick steps come to on a busy computer.
    for steps, frame in ((-3, 7), (3, 11)):
        page.evaluate("steps => history.go(steps)", steps)
        wait_for_frame(page, frame)
    assert entries(page) == first + 3
    page.reload()
    wait_for_frame(page, 11)
    assert entries(page) == first + 3


def test_a_reload_during_an_analysis_shows_it_again_and_then_its_run(
    page: Page, browser: Browser, app: App
) -> None:
    page.goto(f"{app.url}/watch")
    page.get_by_role("button", name=f"Watch {samples()[1].title}", exact=True).click()
    page.wait_for_url(re.compile(r"/watch\?job="), timeout=BUSY_MS)
    link, count = page.url, entries(page)
    other = browser.new_context().new_page()
    other.set_default_timeout(BUSY_MS)
    other.goto(link)
    shows(other, "This analysis is not under way")
    other.context.close()
    page.reload()
    wait_for_frame(page)
    wait_until(page, lambda: list(path_and_parameters(page)[1]) == ["run"], "the run in the URL")
    shows(page, samples()[1].title)
    assert entries(page) == count, "the run takes the place of the wait for it"
    page.go_back()
    shows(page, "Where does a video Transformer look?")
    page.go_forward()
    wait_for_frame(page)


@pytest.mark.parametrize(
    "name", ["concentration", "fixation", "neighborhood", "attribution", "what_if"]
)
def test_open_in_watch_is_a_link_that_another_tab_can_follow(
    page: Page, app: App, name: str
) -> None:
    page.goto(f"{app.url}/{name}?run={app.run}&layer=1&frame=5&model=fixation")
    link = page.get_by_role("link", name="Open in Watch", exact=True)
    expect(link).to_have_attribute("href", re.compile("layer=1"), timeout=BUSY_MS)
    target = urlsplit(urljoin(page.url, link.get_attribute("href") or ""))
    assert target.path == "/watch"
    assert {"run": app.run, "layer": "1", "frame": "5"}.items() <= dict(
        parse_qsl(target.query)
    ).items()
    nav = page.get_by_role("link", name="Fixation", exact=True)
    nav.click(button="right")
    expect(nav).to_have_attribute("href", re.compile(rf"/fixation\?run={app.run}.*layer=1"))
    before = entries(page)
    if name == "fixation":
        with page.context.expect_page() as opened:
            link.click(button="middle")
        wait_for_frame(opened.value, 5)
        opened.value.close()
        link.click()
        wait_for_frame(page, 5)
        assert entries(page) == before + 1


def test_the_sidebar_shows_all_pages_at_once(page: Page, app: App) -> None:
    page.goto(app.url)
    page.locator('[data-testid="stSidebarNavLink"]').first.wait_for()
    files = list((ROOT / "pages").rglob("*.py"))
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(len(files))


def test_the_logo_and_an_unknown_page_lead_to_the_start_page_in_one_step(
    page: Page, app: App
) -> None:
    page.goto(f"{app.url}/fixation?run={app.run}&layer=1&frame=5&row=3&column=4")
    shows(page, "Spatial attention, layer 1")
    wait_for_script(page)
    left, before = path_and_parameters(page), entries(page)
    page.get_by_test_id("stLogoLink").first.click()
    page.get_by_role("link", name=re.compile("^First lesson")).wait_for(timeout=BUSY_MS)
    on(page, "/")
    assert entries(page) == before + 1
    go(page, "Watch", "watch")
    wait_for_frame(page, 5)
    names(page, {**path_and_parameters(page)[1], "run": app.run, "layer": "1", "frame": "5"})
    assert entries(page) == before + 2
    page.go_back()
    page.go_back()
    shows(page, "Spatial attention, layer 1")
    wait_until(page, lambda: path_and_parameters(page) == left, f"the URL {left}")
    page.goto(f"{app.url}/library")
    page.get_by_role("heading", name="Library", exact=True).wait_for()
    page.goto(f"{app.url}/no_such_page")
    page.get_by_role("link", name=re.compile("^First lesson")).wait_for(timeout=BUSY_MS)
    page.go_back()
    page.get_by_role("heading", name="Library", exact=True).wait_for()
