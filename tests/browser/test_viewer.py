"""The viewer of a stored run, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.screens import each_screen
from tests.browser.views import open_view, pixels, wait_for_frame, wait_until
from tests.ui.synthetic import FRAMES, MODEL_HEIGHT, MODEL_WIDTH, STRIDE, synthetic_run

pytestmark = pytest.mark.browser

VIRIDIS_LOWEST, VIRIDIS_HIGHEST = (68, 1, 84), (253, 231, 37)
MOST_BYTES = 64 * 1024


def bright_box(image: np.ndarray) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of the pixels that have the highest color."""
    near = np.abs(image.astype(int) - VIRIDIS_HIGHEST).max(-1) < 8
    rows, columns = np.where(near.any(1))[0], np.where(near.any(0))[0]
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def test_a_patch_is_drawn_where_it_is(page: Page, app: App, one_patch: str) -> None:
    open_view(page, app.url, one_patch, overlay=100)
    for panel in (1, 2, 3):
        image = pixels(page, panel)
        height, width = image.shape[:2]
        down, right = height / MODEL_HEIGHT * STRIDE, width / MODEL_WIDTH * STRIDE
        expected = (1.5 * down, 2.5 * down, 6.5 * right, 7.5 * right)
        assert np.abs(np.array(bright_box(image)) - expected).max() <= 1, panel
        elsewhere = image[int(5 * down), int(3 * right)]
        assert np.abs(elsewhere.astype(int) - VIRIDIS_LOWEST).max() < 4, panel


def test_the_first_patch_lies_half_outside(page: Page, app: App, corner_patch: str) -> None:
    open_view(page, app.url, corner_patch, overlay=100)
    image = pixels(page, 1)
    height, width = image.shape[:2]
    expected = (0, 0.5 * height / MODEL_HEIGHT * STRIDE, 0, 0.5 * width / MODEL_WIDTH * STRIDE)
    assert np.abs(np.array(bright_box(image)) - expected).max() <= 1


def test_the_smooth_view_peaks_at_the_patch_center(page: Page, app: App, one_patch: str) -> None:
    open_view(page, app.url, one_patch, overlay=100, style="smooth")
    green = pixels(page, 1)[..., 1].astype(int)
    height, width = green.shape
    y, x = np.mean(np.where(green > 0.9 * green.max()), axis=1)
    assert abs(y - 2 * STRIDE * height / MODEL_HEIGHT) <= 1.5
    assert abs(x - 7 * STRIDE * width / MODEL_WIDTH) <= 1.5


def test_another_frame_shows_another_map(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=2, overlay=100)
    before = [pixels(page, panel) for panel in range(4)]
    page.get_by_label("Frame", exact=True).focus()
    page.keyboard.press("End")
    wait_for_frame(page, FRAMES - 1)
    for panel, old in enumerate(before):
        assert np.abs(old.astype(int) - pixels(page, panel)).max() > 20


def test_what_is_said_of_all_models_names_them(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    note = page.get_by_text("The models' classes are motions of a generated world.")
    expect(note).to_have_count(1)


def test_scrubbing_asks_the_server_for_nothing_large(page: Page, app: App) -> None:
    sizes: list[int] = []
    requests: list[str] = []

    def watch(socket: Any) -> None:
        socket.on("framereceived", lambda data: sizes.append(len(data)))
        socket.on("framesent", lambda data: sizes.append(len(data)))

    page.on("websocket", watch)
    open_view(page, app.url, app.run)
    page.wait_for_timeout(1000)
    sizes.clear()
    page.on("request", lambda request: requests.append(request.url))
    slider = page.get_by_label("Frame", exact=True)
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for_frame(page, 5)
    page.get_by_role("radiogroup", name="Head").get_by_role("radio", name="2").check()
    page.wait_for_timeout(1500)
    wait_until(page, lambda: bool(sizes), "that the settled view reaches the app")
    assert max(sizes) <= MOST_BYTES
    assert sum(sizes) <= MOST_BYTES
    assert requests == []


@pytest.mark.slow
def test_the_url_names_the_view_and_opens_it_again(page: Page, browser: Browser, app: App) -> None:
    open_view(page, app.url, app.run)
    page.get_by_role("radiogroup", name="Layer").get_by_role("radio", name="1").check()
    page.get_by_label("Show", exact=True).last.select_option(label="Fixation ratio, key")
    page.get_by_role("button", name="Next frame").click()
    wait_for_frame(page, 1)
    page.wait_for_timeout(1500)
    expect(page).to_have_url(
        re.compile(rf"/watch[?]run={re.escape(app.run)}&show=ratio-key&layer=1$")
    )
    expected = pixels(page, 3)
    other = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    other.set_default_timeout(BUSY_MS)
    other.goto(page.url)
    wait_for_frame(other, 1)
    expect(other.get_by_text("layer 1, mean of 4 heads")).to_be_visible()
    wait_until(other, lambda: np.array_equal(pixels(other, 3), expected), "the same picture")
    other.context.close()


@pytest.mark.slow
def test_models_without_fixation_say_so(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, show="ratio-query")
    expect(page.get_by_text("Not learned")).to_have_text(["Not learned"] * 2, use_inner_text=True)
    open_view(page, app.url, app.run, show="neighbor-query")
    expect(page.get_by_text("No neighbors", exact=True)).to_have_count(2)


def test_the_keyboard_steps_and_plays(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=6)
    page.get_by_role("group", name="Panels").focus()
    page.keyboard.press("ArrowLeft")
    wait_for_frame(page, 5)
    page.keyboard.press("Space")
    page.wait_for_selector('.viewer:not([data-frame="5"])')
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.slow
def test_a_click_on_the_timeline_seeks(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    plot = page.locator("svg.plot")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] - 101, "y": 60})
    wait_for_frame(page, FRAMES - 1)


def test_hovering_reads_out_the_patch_in_every_panel(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    canvas = page.locator("canvas.picture").nth(2)
    box = canvas.bounding_box()
    assert box is not None
    cell = box["width"] / MODEL_WIDTH * STRIDE
    canvas.hover(position={"x": 4 * cell, "y": 3 * cell})
    expect(page.locator(".readout", has_text="row 3, column 4")).to_have_count(3)


def test_pictures_have_words(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=4)
    labels = page.locator("canvas.picture").evaluate_all("all => all.map(c => c.ariaLabel)")
    assert "Frame 4 of the clip orbit.mp4" in labels[0]
    assert all("Largest value" in label for label in labels[1:])
    assert "Concentration at 0.50 s: Softmax" in str(
        page.locator("svg.plot").get_attribute("aria-label")
    )


@pytest.mark.slow
def test_a_missing_part_is_named_and_can_be_asked_for_again(page: Page, app: App) -> None:
    # A part that no other test's run has: the browser keeps what it has fetched once.
    manifest, arrays, files = synthetic_run()
    part = "linear/spatial/attention_received/source"
    arrays[part] = 1 + arrays[part]
    run = app.store.publish("e" * 64, manifest, arrays, files, owner="test")
    sha = app.store.manifest(run)["arrays"][part]["sha"]
    # The page looks for damage when it is opened; this happens to the file after that.
    page.route(
        f"**/artifacts/{sha}",
        lambda route: route.fulfill(status=500, json={"error": "It is gone."}),
    )
    page.goto(f"{app.url}/?run={run}")
    failure = page.locator(".notice.failed:visible")
    failure.wait_for()
    expect(failure).to_contain_text("It is gone.")
    page.unroute_all(behavior="wait")
    failure.get_by_role("button", name="Retry").click()
    wait_for_frame(page)


def test_a_wrong_link_leads_back_to_the_clips(page: Page, app: App) -> None:
    page.goto(f"{app.url}/?run=AAAAAAAAAAAAAAAAAAAAAA")
    page.get_by_text("There is no such run").wait_for()
    page.get_by_role("button", name="Choose a clip").click()
    page.get_by_text("Your own video").wait_for()


@pytest.mark.slow
def test_the_viewer_fits_its_window(new_page: NewPage, app: App, results: Path) -> None:
    page = new_page(width=1400)
    open_view(page, app.url, app.run, frame=5)
    viewer = page.locator(".viewer")
    for width, scheme in each_screen(page, (1400, 390), 1000):
        page.screenshot(path=results / f"watch-{scheme}-{width}.png")
        wait_until(
            page,
            lambda: int(viewer.evaluate("v => v.scrollWidth - v.clientWidth")) <= 0,
            f"that the viewer fits {width} in {scheme}",
        )


@pytest.mark.slow
def test_pages_open_by_their_url(page: Page, app: App) -> None:
    for path, title in {
        "watch": "Where does a video Transformer look?",
        "library": "Library",
        "models": "Models",
    }.items():
        page.goto(f"{app.url}/{path}")
        page.get_by_role("heading", name=title, exact=True).wait_for()


@pytest.mark.slow
def test_nothing_is_asked_of_other_servers(page: Page, app: App) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    open_view(page, app.url, app.run)
    page.goto(f"{app.url}/models")
    page.get_by_role("heading", name="Models").wait_for()
    page.wait_for_timeout(500)
    assert hosts - {""} == {"127.0.0.1"}
