"""Everybody can read and reach what is on the pages: headings, contrast, the Tab key, small screens."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from fixviz.reading.texts.player import PLAYER_HELP
from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.reading import backward, contrasts, headings, tab_stops
from tests.browser.views import open_view, steady_box, wait_for_script, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "watch": "Watch",
    "concentration": "Concentration",
    "fixation": "Fixation",
    "neighborhood": "Neighborhood",
    "attribution": "Attribution",
    "what_if": "What if",
    "library": "Library",
    "models": "Models",
}
LEAST_CONTRAST = 4.5
MOST_STOPS = 60
SCREENS = [(1280, 800), (1024, 768), (390, 844)]
SHOWS_FOCUS_INSIDE = {"INPUT", "CANVAS"}
"""Fields and tables mark the focus on a part of theirs that only the browser knows."""
UNCOVERED = """e => {
  const box = e.getBoundingClientRect();
  const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return e.contains(e.getRootNode().elementFromPoint(x, y));
}"""


def settled(page: Page) -> None:
    """Wait until the page is there and its script has ended."""
    page.get_by_role("heading", level=1).first.wait_for()
    wait_for_script(page)
    page.wait_for_timeout(300)


def too_faint(page: Page) -> dict[str, float]:
    """Controls whose words have too little contrast."""
    return {name: ratio for name, ratio in contrasts(page).items() if ratio < LEAST_CONTRAST}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_can_be_read_and_reached(
    new_page: NewPage, app: App, results: Path, scheme: str, width: int
) -> None:
    page = new_page(width=width, height=844, scheme=scheme)
    measured = 0
    visits = [("watch", ""), *((path, f"?run={app.run}") for path in PAGES)]
    for path, query in visits:
        page.goto(f"{app.url}/{path}{query}")
        settled(page)
        where = f"{path}{query[:4]} {scheme} {width}"
        expect(page).to_have_title(f"{PAGES[path]} · fixviz")
        levels = headings(page)
        assert levels.count(1) == 1, where
        assert levels[0] == 1, where
        assert all(two <= one + 1 for one, two in itertools.pairwise(levels)), where
        wait_until(page, lambda: too_faint(page) == {}, f"enough contrast of {where}")
        measured += len(contrasts(page))
        stops = tab_stops(page, MOST_STOPS)
        assert backward(stops) == [], where
        unmarked = [
            s["name"] for s in stops if not s["ring"] and s["tag"] not in SHOWS_FOCUS_INSIDE
        ]
        assert unmarked == [], where
        wide = page.get_by_test_id("stMain").evaluate("m => m.scrollWidth - m.clientWidth")
        assert wide <= 0, where
        page.screenshot(path=results / f"page-{PAGES[path]}-{scheme}-{width}.png")
    assert measured > len(visits), "more than the entries of the navigation"


def test_primary_buttons_can_be_read_in_the_dark(new_page: NewPage, app: App) -> None:
    """Also in a popover, which stands outside the app's own colors, and under the pointer."""
    page = new_page(width=1280, height=720, scheme="dark")
    open_view(page, app.url, app.run)
    page.get_by_role("button", name="Report", exact=True).click()
    button = page.get_by_role("button", name="Save the report")
    button.wait_for()
    for _ in range(2):
        page.wait_for_timeout(300)
        wait_until(page, lambda: contrasts(page).get("Save the report", 0) >= LEAST_CONTRAST)
        button.hover()


@pytest.mark.parametrize("parameters", [{}, {"show": "row", "query": "3-4.2-2", "scale": "frame"}])
def test_play_and_frame_slider_are_on_the_first_screen(
    new_page: NewPage, app: App, results: Path, parameters: dict[str, str]
) -> None:
    page = new_page(width=SCREENS[0][0], height=SCREENS[0][1])
    open_view(page, app.url, app.run, frame=5, **parameters)
    expect(page.locator("canvas.picture")).to_have_count(4)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("m => m.scrollTop") == 0
    options = page.get_by_text("Display options")
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_selector('.viewer[data-ready="true"]')
        _check_player(page, width, height)
        # All pictures begin above the player's bar, and at a desk they end there too.
        bar = steady_box(page.locator(".transport"))
        last = steady_box(page.locator("canvas.picture").last)
        assert last["y"] < bar["y"]
        if width > 390:
            assert last["y"] + last["height"] <= bar["y"]
        page.screenshot(path=results / f"first-screen-{width}-{len(parameters)}.png")
        options.click()
        _check_player(page, width, height)
        options.click()
        main.evaluate("m => m.scrollTo(0, 0)")


def _check_player(page: Page, width: int, height: int) -> None:
    for control in (
        page.get_by_role("button", name="Play"),
        page.get_by_label("Frame", exact=True),
    ):
        box = steady_box(control)
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
        assert control.evaluate(UNCOVERED)


def definition(page: Page, word: str) -> tuple[Locator, Locator]:
    """The button of a word and the definition that it opens."""
    button = page.get_by_role("button", name=f"{word}: what it means")
    return button, page.locator(f"#{button.get_attribute('aria-controls')}")


def test_definitions_open_by_click_touch_and_keyboard(browser: Browser, app: App) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    open_view(page, app.url, app.run, show="row", query="3-4")
    said = {
        "Layer": "",
        "Attention weights from a patch": PLAYER_HELP["row"],
        "Concentration over time": PLAYER_HELP["concentration"],
    }
    for word, meaning in said.items():
        button, text = definition(page, word)
        openings = (button.click, button.tap, lambda b=button: b.press("Enter"))
        closings = (
            lambda: page.keyboard.press("Escape"),
            lambda: page.locator(".caption").click(position={"x": 1, "y": 1}),
            lambda b=button: b.press("Space"),
        )
        for opens, closes in zip(openings, closings, strict=True):
            expect(text).to_be_hidden()
            expect(button).to_have_attribute("aria-expanded", "false")
            opens()
            expect(text).to_be_visible()
            expect(button).to_have_attribute("aria-expanded", "true")
            box = text.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert len(text.inner_text()) > 30
            expect(text).to_contain_text(meaning, use_inner_text=True)
            closes()
            expect(text).to_be_hidden()
    # Escape closed the definitions and nothing else.
    expect(page.locator(".viewer")).to_have_attribute("data-query", "3-4")
    page.locator(".stage").press("Escape")
    page.wait_for_selector('.viewer[data-query=""]')
    context.close()
