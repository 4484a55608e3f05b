"""Query patch, fixation dial and rollout on a real run, made by the app from a bundled clip."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from fixviz.analysis.measures import concentration_measures
from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.real_run import COLUMN, FRAME, LAYER, MODELS, ROW, Real
from tests.browser.screens import each_scheme
from tests.browser.views import open_view, pixels, wait_for_frame, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def view(page: Page, real: Real) -> Iterator[Any]:
    """Opens the run in a view."""
    yield functools.partial(open_view, page, real.url, real.handle)


def panel(page: Page, model: int) -> Locator:
    return page.locator("figure.panel").nth(model + 1)


def point(page: Page, real: Real, row: int, column: int, panel: int) -> dict[str, float]:
    """Place of a patch on a panel's picture, in CSS pixels."""
    grid = real.manifest["models"][0]["grid"]
    box = page.locator("canvas.picture").nth(panel).bounding_box()
    assert box is not None
    scale = box["width"] / real.manifest["display"]["width"]
    down, right = grid["display_per_model"]
    return {
        "x": column * grid["stride"] * right * scale,
        "y": row * grid["stride"] * down * scale,
    }


def value(page: Page, model: int) -> float:
    found = re.search(r"\d[\d.e-]*", panel(page, model).locator(".readout").inner_text())
    assert found
    return float(found.group())


def differs(one: NDArray[Any], other: NDArray[Any]) -> int:
    """The largest difference between two pictures, in levels of 255."""
    return int(np.abs(one.astype(int) - other).max())


def shows(page: Page, panel: int, image: NDArray[Any]) -> bool:
    """Whether a panel's canvas holds just this picture."""
    return np.array_equal(pixels(page, panel), image)


def test_rows_on_screen_are_those_of_the_networks(page: Page, view: Any, real: Real) -> None:
    view(frame=FRAME, show="row", layer=LAYER, by="slot", query=f"{ROW}-{COLUMN}", head=2)
    grid = real.manifest["models"][0]["grid"]
    query = ROW * grid["columns"] + COLUMN
    for row, column in ((1, 1), (ROW, COLUMN), (5, 2), (grid["rows"] - 2, grid["columns"] - 2)):
        page.locator("canvas.picture").nth(1).hover(position=point(page, real, row, column, 1))
        for i in range(len(MODELS)):
            expect(panel(page, i).locator(".readout")).to_contain_text(
                f"row {row}, column {column}"
            )
        for i, model in enumerate(MODELS):
            expected = real.weights(model, "spatial")[real.position, 2, query]
            shown = float(expected[row * grid["columns"] + column])
            near = 0.006 * shown + 1e-3 * float(expected.max())
            assert value(page, i) == pytest.approx(shown, abs=near)
    assert "Row sums" not in panel(page, 0).inner_text(), "closed at first"
    panel(page, 0).get_by_text("Details").focus()
    page.keyboard.press("Enter")
    for i, model in enumerate(MODELS):
        expected = real.weights(model, "spatial")[real.position, 2, query]
        support = concentration_measures(expected[None])[0][3]
        lead = panel(page, i).locator(".figures").first.inner_text()
        assert lead == f"Looks at about {round(support)} of {expected.size} patches"
        # The panels open one after the other.
        fine = panel(page, i).locator(".fine")
        for text in ("Row sums to 1.0000", "Rebuilds the output to", "float16"):
            expect(fine).to_contain_text(text, use_inner_text=True)


def test_a_temporal_row_runs_over_the_frames_of_its_window(
    page: Page, view: Any, real: Real
) -> None:
    parameters = {"show": "row", "layer": LAYER, "axis": "temporal", "by": "slot", "head": 1}
    view(frame=FRAME, at=FRAME, query=f"{ROW}-{COLUMN}", **parameters)
    columns = real.manifest["models"][0]["grid"]["columns"]
    start = FRAME - real.position
    page.get_by_label("Frame", exact=True).focus()
    for frame in (FRAME, FRAME + 1):
        wait_for_frame(page, frame)
        for i, model in enumerate(MODELS):
            row = real.weights(model, "temporal")[ROW * columns + COLUMN, 1, real.position]
            shown = float(row[frame - start])
            assert value(page, i) == pytest.approx(shown, abs=0.006 * shown + 1e-3)
            bars = panel(page, i).locator(".strip-cell")
            assert bars.count() == row.size
        page.keyboard.press("ArrowRight")


def test_a_click_makes_a_patch_the_query_and_the_link_opens_it(
    page: Page, browser: Browser, view: Any, real: Real
) -> None:
    view(frame=2)
    page.locator("canvas.picture").nth(2).click(position=point(page, real, 4, 6, 2))
    page.wait_for_selector('.viewer[data-ready="true"][data-query="4-6"]')
    page.locator("canvas.picture").nth(0).click(
        position=point(page, real, 1, 2, 0), modifiers=["Shift"]
    )
    page.wait_for_selector('.viewer[data-ready="true"][data-query="4-6.1-2"]')
    expect(page).to_have_url(re.compile("&frame=2&show=row&query=4-6[.]1-2&active=1&at=2$"))
    page.mouse.move(0, 0)
    expect(page.locator(".readout", has_text="row 1, column 2")).to_have_count(0)
    page.wait_for_timeout(200)
    expected = [pixels(page, i) for i in range(4)]
    other = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    other.set_default_timeout(BUSY_MS)
    other.goto(page.url)
    wait_for_frame(other, 2)
    for i, image in enumerate(expected):
        wait_until(other, functools.partial(shows, other, i, image))
    other.context.close()
    page.get_by_role("button", name="row 4, column 6", exact=True).click()
    wait_until(page, lambda: differs(pixels(page, 1), expected[1]) > 20)


def test_the_keyboard_moves_and_clears_the_query(page: Page, view: Any, real: Real) -> None:
    view(frame=2, show="row", query="4-6")
    page.get_by_role("group", name=re.compile("Linear attention: arrow keys")).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector('.viewer[data-query="3-7"]')
    expect(page.locator(".viewer")).to_have_attribute("data-frame", "2")
    page.keyboard.press("Escape")
    page.wait_for_selector('.viewer[data-ready="true"][data-query=""]')
    # The app, which hears of it a moment later, brings it back no more.
    page.wait_for_timeout(1500)
    expect(page).not_to_have_url(re.compile("query"))
    expect(page.get_by_label("Show", exact=True).last).to_have_value("0")


def test_the_dial_turns_without_the_server(page: Page, view: Any, real: Real) -> None:
    view(frame=FRAME, show="row", query=f"{ROW}-{COLUMN}")
    learned = [pixels(page, i) for i in range(4)]
    page.wait_for_timeout(2500)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    dial = page.get_by_label("Fixation dial", exact=True)
    box = dial.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=7)
    wait_until(page, lambda: differs(pixels(page, 3), learned[3]) > 8)
    assert np.array_equal(pixels(page, 1), learned[1]), "softmax has no ratios"
    assert requests == []
    page.mouse.up()
    page.wait_for_selector("path.turned", state="attached")
    page.wait_for_selector('.viewer[data-ready="true"]')
    expect(page).to_have_url(re.compile(r"alpha=2\."))
    expect(page.locator(".dial-strip")).to_contain_text(
        "its input is held fixed", use_inner_text=True
    )
    assert not [url for url in requests if "/derived" in url and "layer=2" in url]
    dial.dblclick()
    page.wait_for_selector("path.turned", state="detached")
    page.wait_for_selector('.viewer[data-ready="true"]')
    page.mouse.move(0, 0)
    wait_until(page, lambda: np.array_equal(pixels(page, 3), learned[3]))


def test_a_neighbor_can_be_left_out(page: Page, view: Any, real: Real) -> None:
    view(frame=FRAME, axis="temporal")
    compass = page.get_by_role("group", name="Neighbors that the keys read")
    expect(compass.get_by_role("button")).to_have_count(8)
    before = pixels(page, 3)
    compass.get_by_role("button", name="above left", exact=True).click()
    page.wait_for_selector(".dialed:visible")
    page.wait_for_selector('.viewer[data-ready="true"]')
    wait_until(page, lambda: differs(pixels(page, 3), before) > 2)
    expect(page).to_have_url(re.compile("off=4"))
    page.get_by_role("radiogroup", name="Attention").get_by_role("radio", name="Spatial").check()
    expect(compass.get_by_role("button")).to_have_count(2)


def test_rollout_comes_from_the_server_once(page: Page, view: Any, real: Real) -> None:
    view(frame=FRAME, at=FRAME, show="rollout", query=f"{ROW}-{COLUMN}")
    expect(page.get_by_text("It is computed for the whole network")).to_be_visible()
    for i in range(3):
        strip = panel(page, i).locator(".strip-bars")
        expect(strip).to_have_attribute("aria-label", re.compile("^Attention over time: frame "))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Frame", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    wait_for_frame(page, FRAME - 1)
    assert not [url for url in asked if "/derived" in url]


def test_differences_have_a_scale_around_zero(page: Page, view: Any, real: Real) -> None:
    view(frame=FRAME, versus=0)
    label = page.locator(".scale-bar .bar").get_attribute("aria-label")
    low, high = re.findall(r"from (-[\d.]+) to ([\d.]+)", str(label))[0]
    assert float(low) == -float(high)
    own = pixels(page, 1)
    assert panel(page, 0).locator(".panel-scale .bar").is_visible()
    maps = {
        model: real.store.array(real.handle, f"{model}/spatial/attention_received/source")
        for model in MODELS
    }
    expected = (maps["linear"] - maps["softmax"].astype(np.float32))[-1, :, FRAME].mean(0)
    strongest = np.abs(expected).max()
    text = panel(page, 1).locator(".readout").inner_text()
    found = re.match(
        r"Largest difference ([+-][\d.]+)", text.replace("difference -", "difference -")
    )
    assert found
    assert abs(float(found.group(1))) == pytest.approx(strongest, rel=0.01)
    assert own.std() > 0


def test_features_that_cannot_be_had_are_named(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    page.locator("canvas.picture").nth(1).click()
    failure = page.locator(".notice.failed:visible").first
    failure.wait_for()
    expect(failure).to_contain_text("not at hand any more", use_inner_text=True)
    expect(failure.get_by_role("button", name="Retry")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector('.viewer[data-ready="true"]')
    expect(page.locator(".notice.failed:visible")).to_have_count(0)


def test_the_query_and_its_strongest_key_are_drawn_where_they_are(
    new_page: NewPage, real: Real, results: Path
) -> None:
    page = new_page(height=1100)
    parameters = {
        "show": "row",
        "layer": LAYER,
        "by": "slot",
        "head": 2,
        "scale": "frame",
        "overlay": 100,
    }
    query = f"{ROW}-{COLUMN}"
    open_view(page, real.url, real.handle, frame=FRAME, query=query, alpha=2, **parameters)
    grid = real.manifest["models"][1]["grid"]
    row = real.weights("linear", "spatial")[real.position, 2, ROW * grid["columns"] + COLUMN]
    inside = row.reshape(grid["rows"], grid["columns"])[1:-1, 1:-1]
    y, x = np.unravel_index(inside.argmax(), inside.shape)
    for scheme in each_scheme(page):
        page.screenshot(path=results / f"query-{scheme}.png")
        image = pixels(page, 2).astype(int)
        scale = image.shape[1] / real.manifest["display"]["width"]
        down, right = (grid["stride"] * per * scale for per in grid["display_per_model"])
        if row.max() == inside.max():
            peak = image[round((y + 1 + 0.3) * down), round((x + 1) * right)]
            assert np.abs(peak - (253, 231, 37)).max() < 12, scheme
        left = round((COLUMN - 0.5) * right)
        line = image[round(ROW * down), left - 2 : left + 2].tolist()
        assert line == [[0] * 3, [255] * 3, [255] * 3, [0] * 3], "white, with a dark rim"
        expect(page.locator(".dialed:visible")).to_have_text(["α = 2.00"], use_inner_text=True)
