"""The page Cost in a real browser: curves by keyboard and mouse, and the measurement in this browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import App, NewPage
from tests.browser.screens import turn
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_course import SCREENS, brief
from tests.browser.views import steady_box, wait_for_script

pytestmark = pytest.mark.browser

MAIN = '[data-testid="stMain"]'


def draw_by_keyboard(page: Page, exponent: float) -> None:
    for number in range(3):
        page.get_by_role("slider").nth(number).focus()
        page.keyboard.press("Home")
        for _ in range(round(0.6 * (number + 1) * exponent / 0.4)):
            page.keyboard.press("PageUp")


@pytest.mark.slow
def test_curves_are_drawn_and_compared_by_keyboard(new_page: NewPage, app: App) -> None:
    page = new_page(width=SCREENS[0][0], height=900)
    page.goto(f"{app.url}/cost")
    chart = page.get_by_role("img", name="Time of attention against the number of frames")
    chart.wait_for()
    reveal = page.get_by_role("button", name="Measure and compare")
    compare = page.get_by_role("button", name="Compare with what was measured")
    expect(reveal.or_(compare)).to_be_disabled()
    draw_by_keyboard(page, 2)
    expect(page.get_by_text("Still to draw: Linear, Linear + fixation")).to_be_visible()
    expect(reveal.or_(compare)).to_be_enabled()
    radio = page.get_by_role("radio", name="Linear", exact=True).first
    radio.focus()
    page.keyboard.press("Space")
    draw_by_keyboard(page, 1)
    expect(chart).to_have_attribute("aria-label", re.compile("Softmax: you drew 16"))
    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        turn(page, scheme)
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        assert brief(grave_findings(page, MAIN)) == [], (width, scheme)


@pytest.mark.slow
def test_a_key_that_is_held_down_moves_a_slider_all_the_way(new_page: NewPage, app: App) -> None:
    page = new_page()
    page.goto(f"{app.url}/cost")
    reveal = page.get_by_role("button", name=re.compile("Measure and compare|Compare with what"))
    for number in range(3):
        slider = page.get_by_role("slider").nth(number)
        slider.focus()
        for _ in range(40):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(30)  # About as fast as keyboards repeat.
        expect(slider).to_have_value("2")
    expect(reveal).to_be_enabled()
    expect(page.get_by_role("slider").nth(2)).to_be_focused()


@pytest.mark.slow
def test_this_browser_measures_until_it_is_cancelled(new_page: NewPage, app: App) -> None:
    """Sizes of 81, 162 and 324 tokens are enough for exponents."""
    page = new_page(width=1024, height=768)
    page.goto(f"{app.url}/cost")
    page.get_by_role("button", name="Skip the prediction").click()
    with page.expect_event("worker"):
        page.get_by_role("button", name="Measure in this browser").press("Enter")
    page.get_by_text("648 tokens").wait_for()
    page.get_by_role("button", name="Cancel").press("Enter")
    page.get_by_text("Cancelled. What was measured by then is drawn.").wait_for()
    page.get_by_text("Linear, browser").first.wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert brief(grave_findings(page, MAIN)) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Everything measured in this browser (JSON)").click()
    values = json.loads(saved.value.path().read_text())
    assert values["place"] == "browser"
    assert {point["tokens"] for point in values["points"]} >= {81, 162, 324}
    assert values["fits"]["softmax"]["multiply_adds"]["exponent"] == pytest.approx(2)


def test_a_curve_follows_the_mouse(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    page.goto(f"{app.url}/cost")
    chart = page.get_by_role("img", name="Time of attention against the number of frames")
    chart.wait_for()
    wait_for_script(page)
    box = steady_box(chart)
    # 480 x 320 units with margins of 54, 16, 12 and 42: 64 frames, a quarter of four powers of ten.
    x = box["x"] + box["width"] * (480 - 17) / 480
    y = box["y"] + box["height"] * (12 + 0.75 * (320 - 54)) / 320
    page.mouse.click(x, y)
    expect(page.locator("output").last).to_have_text("10\u00a0×")
