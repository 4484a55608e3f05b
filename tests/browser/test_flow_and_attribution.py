"""Optical flow and attributions in the viewer, on a run whose numbers are known."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from fixviz.engine import DeriveRequest
from fixviz.media.colormaps import colormap
from tests.browser.conftest import App
from tests.browser.views import export, open_view, pixels, table, wait_for_frame, wait_until
from tests.ui.synthetic import CLASSES, COLUMNS, FRAMES, LAYERS, ROWS, TITLES, synthetic_run

pytestmark = pytest.mark.browser

KEY = "f" * 64
FRAME, LOST = 5, 7
PREDICTED = {"method": "integrated_gradients", "steps": 32, "baseline": "gray"}
CHOSEN = {**PREDICTED, "target": 4}
MODELS = tuple(TITLES)


def motion() -> dict[str, NDArray[np.float16]]:
    """Motion of every model; in frame LOST it could not be measured."""
    rng = np.random.default_rng(11)
    arrays = {}
    for name in MODELS:
        values = rng.uniform(0, 3, (FRAMES, ROWS, COLUMNS)).astype(np.float16)
        values[LOST] = np.nan
        arrays[f"{name}/motion"] = values
    return arrays


def attribution(seed: int) -> NDArray[np.float32]:
    """A signed map, weak but for one patch that speaks for the class and one against it."""
    values = np.random.default_rng(seed).normal(0, 0.02, (FRAMES, ROWS, COLUMNS))
    values[:, 3, 4], values[:, 6, 9] = 1.0, -1.0
    return values.astype(np.float32)


def description(target: int, *, predicted: bool) -> dict[str, Any]:
    return {
        "method": "integrated_gradients",
        "title": "Integrated gradients",
        "signed": True,
        "unit": "share of the logit difference between the clip and the baseline",
        "uses_target": True,
        "target": {"index": target, "name": CLASSES[target], "predicted": predicted},
        "windows": [0, 1, 2],
        "convergence_delta": [0.001, -0.002, 0.003],
        "options": {"steps": 32, "baseline": "gray"},
        "baseline": "mid-gray",
    }


@pytest.fixture(scope="module")
def run(app: App) -> str:
    """Handle of a run with motion in all models and with attributions in some of them."""
    manifest, arrays, files = synthetic_run()
    handle = app.store.publish(KEY, manifest, {**arrays, **motion()}, files, owner="test")
    results = (
        ("softmax", PREDICTED, 1, 21),
        ("fixation", PREDICTED, 6, 22),
        ("fixation", CHOSEN, 4, 23),
    )
    for model, arguments, target, seed in results:
        name = DeriveRequest(handle, "attribution", model, arguments).name
        content = description(target, predicted="target" not in arguments)
        app.store.add_derived(KEY, name, content, {"map": attribution(seed)})
    return handle


def panel(page: Page, model: str) -> Locator:
    return page.locator("figure.panel").nth(MODELS.index(model) + 1)


def shown(page: Page) -> list[str]:
    """The quantities that the list offers."""
    return page.get_by_label("Show", exact=True).last.locator("option").all_inner_texts()


@pytest.mark.slow
def test_flow_is_shown_in_pixels_with_its_definition(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, run, frame=FRAME, show="motion", overlay=100)
    expect(page.locator(".scale .define")).to_have_text("Optical flow (px)", use_inner_text=True)
    caption = page.locator(".caption").inner_text()
    assert (
        "Optical flow (DIS) to the next frame of the video that differs, without the camera's motion (affine)"
        in caption
    )
    assert "layer" not in caption
    assert "rebuild" not in caption
    assert not page.get_by_role("radiogroup", name="Layer").is_visible()
    values = motion()["linear/motion"][FRAME].astype(float)
    best = np.unravel_index(values.argmax(), values.shape)
    text = panel(page, "linear").locator(".fine").text_content() or ""
    assert text.endswith(f"px, at row {best[0]}, column {best[1]}")
    assert float(re.findall(r"[\d.]+", text)[0]) == pytest.approx(values.max(), abs=0.01)


def test_the_table_of_the_flow_holds_the_values_of_the_run(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, run, frame=FRAME, show="motion", versus=1)
    saved = export(page, "csv")
    for name in MODELS:
        assert table(saved, name) == motion()[f"{name}/motion"][FRAME].ravel().tolist()
    assert saved.suggested_filename.endswith("_optical-flow_frame-5.csv")


def test_a_frame_without_flow_says_so(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, run, frame=LOST, show="motion")
    expect(page.get_by_text("its motion cannot be measured")).to_have_count(len(MODELS))


def test_a_run_made_before_motion_was_measured_says_so(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, show="motion")
    expect(page.get_by_text("Analyze the clip again.")).to_have_count(len(MODELS))


def test_the_numbers_of_a_layer_hold_the_whole_motion(page: Page, app: App, run: str) -> None:
    assert FRAMES != LAYERS
    open_view(page, app.url, run)
    with np.load(export(page, "npz").path()) as numbers:
        for name, values in motion().items():
            assert np.array_equal(numbers[name], values, equal_nan=True)


@pytest.mark.slow
def test_attributions_are_offered_where_there_are_some(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, app.run)
    assert "Attribution" not in shown(page)
    open_view(page, app.url, run)
    expect(page.get_by_label("Show", exact=True).last).to_contain_text("Attribution")
    page.get_by_label("Show", exact=True).last.select_option(label="Attribution")
    choice = page.get_by_label("Attribution", exact=True).last
    expect(choice.locator("option")).to_have_text(
        ["Integrated gradients, each model's own answer", f"Integrated gradients, {CLASSES[4]}"]
    )
    wait_for_frame(page, 0)
    missing = page.get_by_text("Compute it for this model on the Attribution page of fixviz.")
    expect(missing).to_have_count(1)
    for model, answer in (("softmax", 1), ("fixation", 6)):
        expect(panel(page, model)).to_contain_text(
            f"“{CLASSES[answer]}”, this model's own answer", use_inner_text=True
        )
    choice.select_option(index=1)
    page.get_by_text(f"For the class “{CLASSES[4]}”").wait_for()
    wait_for_frame(page, 0)
    expect(missing).to_have_count(2)
    page.wait_for_timeout(1500)
    again = page.url
    expected = pixels(page, 3)
    page.goto(again)
    wait_for_frame(page, 0)
    page.mouse.move(0, 0)
    wait_until(page, lambda: np.array_equal(pixels(page, 3), expected), "the same picture")


def test_an_attribution_keeps_its_sign(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, run, frame=FRAME, show="attribution", overlay=100)
    label = str(page.locator(".scale-bar .bar").get_attribute("aria-label"))
    low, high = re.findall(r"from (-[\d.]+) to ([\d.]+)", label)[0]
    assert float(low) == -float(high)
    image = pixels(page, 3).astype(int)
    height, width = image.shape[:2]
    at = {
        (row, column): image[round(row * 8 / 64 * height), round(column * 8 / 85 * width)]
        for row, column in ((3, 4), (6, 9))
    }
    # Orange speaks for the class, blue against it.
    assert at[3, 4][0] > at[3, 4][2] + 60
    assert at[6, 9][2] > at[6, 9][0] + 60
    assert colormap("diverging")[255][0] > colormap("diverging")[255][2]


def test_the_files_of_an_attribution_say_what_it_is(page: Page, app: App, run: str) -> None:
    open_view(page, app.url, run, frame=FRAME, show="attribution")
    saved = export(page, "csv")
    assert table(saved, "fixation") == attribution(22)[FRAME].astype(float).ravel().tolist()
    assert table(saved, "linear") == []
    comments = saved.path().read_text().split("model,row")[0]
    assert "Attribution: Integrated gradients, each model's own answer" in comments
    assert f"softmax: {CLASSES[1]}; fixation: {CLASSES[6]}" in comments
    assert "against mid-gray" in comments
    drawing = export(page, "svg").path().read_text()
    assert "Not computed" in drawing
