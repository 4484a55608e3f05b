"""What a mouse does in the figures of the lessons on linear attention and its price."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import App, NewPage
from tests.browser.course import open_step, press
from tests.browser.views import steady_box

pytestmark = pytest.mark.browser


def _drag(page: Page, target: Locator, by: float) -> None:
    box = steady_box(target)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y, steps=4)
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def test_brackets_snap_to_the_nearer_place(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    open_step(page, app.url, "linear", "order", "en")
    pair, handle = page.locator(".pair"), page.locator(".handle")
    expect(pair).to_have_attribute("aria-valuetext", "not placed yet")
    _drag(page, handle, 60)
    expect(pair).to_have_attribute("aria-valuetext", "q (kᵀ v)")
    _drag(page, handle, -90)
    expect(pair).to_have_attribute("aria-valuetext", "(q kᵀ) v")
    page.locator(".first .matrix-value").click()
    expect(pair).to_have_attribute("aria-valuetext", "q (kᵀ v)")


def test_brackets_around_an_exponential_do_not_move(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    open_step(page, app.url, "linear", "wall", "en")
    _drag(page, page.locator(".handle"), 80)
    expect(page.locator(".pair")).to_have_attribute("aria-valuetext", "exp(q kᵀ) v")
    expect(page.locator(".figure .said")).to_contain_text("The brackets do not move")


@pytest.mark.slow
def test_the_race_ends_and_can_be_stopped(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    open_step(page, app.url, "linear", "race", "en")
    press(page.locator(".figure input[type=range]"), "ArrowRight")
    press(page.locator(".ask-buttons button").first)
    again = page.locator(".figure .buttons button")
    expect(again).to_have_text("Run it again")
    expect(page.locator(".figure .said")).to_contain_text(
        re.compile(r"At N = [\d,]+, .* times as long\.")
    )
    again.click()
    expect(again).to_have_text("Stop")
    again.click()
    expect(again).to_have_text(re.compile("Start the race|Run it again"))


def test_corners_of_the_curve_follow_the_pointer(new_page: NewPage, app: App) -> None:
    page = new_page(width=1280, height=900)
    open_step(page, app.url, "price", "lorenz", "en")
    plot = page.locator(".figure .plot")
    box = steady_box(plot)
    # 480 x 300 units with margins of 54, 16, 12 and 42: half of the keys, a quarter of the attention.
    x = box["x"] + box["width"] * (54 + 0.5 * (480 - 70)) / 480
    y = box["y"] + box["height"] * (12 + 0.75 * (300 - 54)) / 300
    page.mouse.click(x, y)
    expect(page.locator(".figure output").nth(1)).to_have_text(re.compile("^25\\s%$"))
