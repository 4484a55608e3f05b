"""The start page: there before Streamlit has started, three ways in, a picture that can be paused."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.screens import each_screen
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_for_frame

pytestmark = pytest.mark.browser

FIRST = "#fixviz-first"
COLORS = """() => [...document.querySelectorAll(".start canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let i = 0; i < data.length; i += 4) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return found.size;
})"""
WAYS = {
    "Watch a sample": ("/watch", {"run"}),
    "Your own video": ("/watch", set()),
    "First lesson": ("/course", {"lesson"}),
}


def taken_over(page: Page) -> None:
    """Wait until the app shows the page."""
    page.locator(FIRST).wait_for(state="detached", timeout=BUSY_MS)


def frame(page: Page) -> str:
    return str(page.locator(".living").get_attribute("data-frame"))


def test_the_picture_is_there_without_streamlit(new_page: NewPage, app: App) -> None:
    """What it needs comes with the page: neither a session nor, hence, a worker."""
    page = new_page()
    page.route("**/_stcore/**", lambda route: route.abort())
    page.route("**/static/js/**", lambda route: route.abort())
    page.goto(app.url)
    page.wait_for_selector(f"{FIRST} .living[data-frame]")
    page.wait_for_function(f"() => ({COLORS})().every((count) => count > 100)")
    assert len(page.evaluate(COLORS)) == 3
    expect(page.locator(f"{FIRST} .screen img")).to_have_count(3)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.screen img')].every((i) => i.naturalWidth === 256)"
    )
    links = page.locator(f"{FIRST} a.way").all()
    assert [link.get_attribute("href") for link in links] == [
        "watch?sample=there-and-back",
        "watch",
        "course?lesson=tokens",
    ]


def test_the_poster_is_what_the_modules_draw(new_page: NewPage, app: App) -> None:
    """The first frame does not jump when the canvas takes the picture's place."""
    page = new_page()
    page.emulate_media(reduced_motion="reduce")
    page.route("**/_stcore/**", lambda route: route.abort())
    page.goto(app.url)
    page.wait_for_selector(f"{FIRST} .living[data-frame]")
    page.wait_for_function(f"() => ({COLORS})().every((count) => count > 100)")
    differences = page.evaluate(
        """() => [...document.querySelectorAll(".screen")].map((screen) => {
          const read = (source) => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
            const context = canvas.getContext("2d");
            context.drawImage(source, 0, 0, 64, 48);
            return context.getImageData(0, 0, 64, 48).data;
          };
          const [a, b] = [read(screen.querySelector("img")), read(screen.querySelector("canvas"))];
          return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
        })"""
    )
    assert max(differences) < 6, "levels of 255, mean over the picture"


def leads_to(path: str, names: Set[str], url: str) -> bool:
    """Tell whether a URL has this path and at least these query parameters."""
    parts = urlsplit(url)
    return parts.path == path and names <= dict(parse_qsl(parts.query)).keys()


@pytest.mark.slow
@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_every_way_in_works(new_page: NewPage, app: App, by: str) -> None:
    page = new_page()
    page.goto(app.url)
    taken_over(page)
    for way, (path, names) in WAYS.items():
        link = page.get_by_role("link", name=re.compile(f"^{way}"))
        if by == "click":
            link.click()
        else:
            link.focus()
            page.keyboard.press("Enter")
        page.wait_for_url(partial(leads_to, path, names), timeout=BUSY_MS)
        if way == "Watch a sample":
            wait_for_frame(page)
        elif way == "Your own video":
            page.get_by_role("heading", name="Your own video").wait_for(timeout=BUSY_MS)
        page.go_back()
        page.wait_for_url(f"{app.url}/", timeout=BUSY_MS)
        page.get_by_role("link", name=re.compile("^Watch a sample")).wait_for(timeout=BUSY_MS)


@pytest.mark.slow
def test_a_way_in_works_before_streamlit_has_started(new_page: NewPage, app: App) -> None:
    page = new_page()
    page.route("**/_stcore/**", lambda route: route.abort())
    page.goto(app.url)
    link = page.locator(f"{FIRST} a.way").first
    page.unroute_all(behavior="wait")
    link.click()
    wait_for_frame(page)
    page.get_by_role("heading", name="There and back").wait_for()


def test_the_picture_plays_until_it_is_paused_also_by_keyboard(page: Page, app: App) -> None:
    page.goto(app.url)
    taken_over(page)
    expect(page.locator(".living")).not_to_have_attribute("data-frame", frame(page))
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    play = page.get_by_role("button", name="Play")
    play.wait_for()
    page.wait_for_timeout(100)  # A frame may have been under way.
    still = frame(page)
    page.wait_for_timeout(700)
    assert frame(page) == still
    page.keyboard.press("Enter")
    expect(page.locator(".living")).not_to_have_attribute("data-frame", still)


def test_less_motion_is_respected(page: Page, app: App) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(app.url)
    taken_over(page)
    page.get_by_role("button", name="Play").wait_for()
    still = frame(page)
    page.wait_for_timeout(700)
    assert frame(page) == still
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".living")).not_to_have_attribute("data-frame", still)


def test_each_picture_has_a_text_alternative_with_its_numbers(page: Page, app: App) -> None:
    page.goto(app.url)
    taken_over(page)
    pictures = page.get_by_role("img", name=re.compile("attention that each patch gets"))
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        assert re.search(r"Looks at \d+ of 99 patches", picture.get_attribute("aria-label") or "")


# A page that was opened in a narrow window has no sidebar when that becomes wide.
@pytest.mark.slow
@pytest.mark.parametrize(("language", "widths"), [("en", (390, 1024)), ("zh", (1280, 390))])
def test_the_page_has_no_grave_finding(
    new_page: NewPage, app: App, language: str, widths: tuple[int, int]
) -> None:
    page = new_page(width=widths[0], height=900)
    page.goto(f"{app.url}/?lang={language}")
    taken_over(page)
    page.wait_for_timeout(400)
    expect(page.locator("html")).to_have_attribute("lang", language)
    for screen in each_screen(page, widths, 900):
        assert grave_findings(page) == [], screen
        # No sideways scrolling.
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_language_of_the_browser_is_the_first_one(browser: Browser, app: App) -> None:
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    page.goto(app.url)
    expect(page.locator(f"{FIRST} .start")).to_have_attribute("lang", "zh")
    taken_over(page)
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.get_by_role("link", name="课程").wait_for()
    page.wait_for_function("() => document.title === '首页 · fixviz'")
    context.close()


@pytest.mark.slow
def test_the_control_changes_the_language_by_keyboard_and_a_reload_keeps_it(
    page: Page, app: App
) -> None:
    page.goto(app.url)
    taken_over(page)
    page.get_by_role("radio", name="English").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_role("heading", level=1, name=re.compile("三个模型")).wait_for(timeout=BUSY_MS)
    page.wait_for_function("() => document.documentElement.lang === 'zh'")
    page.get_by_role("link", name="模型", exact=True).click()
    page.wait_for_url(f"{app.url}/models", timeout=BUSY_MS)
    page.wait_for_function("() => document.title === '模型 · fixviz'")
    page.get_by_role("heading", level=1, name="Models").wait_for()
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    navigation = page.locator('[data-testid="stSidebar"]')
    expect(navigation).to_have_attribute("lang", "zh")
    page.reload()
    page.get_by_role("link", name="模型", exact=True).wait_for(timeout=BUSY_MS)
    page.goto(app.url)
    expect(page.locator(".start").first).to_have_attribute("lang", "zh")


@pytest.mark.slow
def test_the_start_page_can_be_reached_from_every_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/models")
    page.get_by_role("heading", level=1, name="Models").wait_for(timeout=BUSY_MS)
    page.locator('[data-testid="stSidebarNavLink"]').get_by_text("Start", exact=True).click()
    page.wait_for_url(f"{app.url}/", timeout=BUSY_MS)
    page.get_by_role("link", name=re.compile("^First lesson")).wait_for()
    page.go_back()
    page.get_by_role("heading", level=1, name="Models").wait_for(timeout=BUSY_MS)
