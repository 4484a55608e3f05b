"""What the export menu saves, opened with the programs that people open it with."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from fixviz.media.colormaps import colormap
from fixviz.ui import urls
from tests.browser.conftest import App, NewPage, Tabs
from tests.browser.screens import each_scheme
from tests.browser.views import export, open_view, wait_for_frame
from tests.ui.synthetic import (
    COLUMNS,
    FRAMES,
    HEADS,
    HEIGHT,
    LAYERS,
    MODEL_WIDTH,
    RATE,
    ROWS,
    STRIDE,
    TITLES,
    WIDTH,
    synthetic_run,
)

pytestmark = pytest.mark.browser

PANEL, GAP, MARGIN, PICTURE_TOP = 300, 16, 20, 110
PICTURE_HEIGHT = round(PANEL * HEIGHT / WIDTH)
FIGURE_WIDTH = 2 * MARGIN + 4 * PANEL + 3 * GAP
CELL = PANEL / MODEL_WIDTH * STRIDE
SVG = "{http://www.w3.org/2000/svg}"
ARRAY = "attention_received/source"
LAYER, HEAD, FRAME = 1, 2, 5
TOLERANCE_S = {"gif": 0.006, "video": 0.5}
RECORDINGS = 4
"""A video is recorded by the clock: where the computer paused, it is recorded again, so often at most."""
KINDS = ("png", "svg", "csv", "npz", "gif", "video")


@cache
def stored() -> Mapping[str, NDArray[Any]]:
    """The arrays of the run on show."""
    return synthetic_run()[1]


@dataclass(frozen=True)
class Saved:
    """All files of one view, and the caption that stood under it."""

    caption: str
    names: Mapping[str, str]
    paths: Mapping[str, Path]


@pytest.fixture(scope="module")
def saved(tabs: Tabs, app: App) -> Saved:
    page = tabs.open()
    open_view(page, app.url, app.run, frame=FRAME, layer=LAYER, head=HEAD, overlay=100)
    files = {kind: export(page, kind) for kind in KINDS}
    for _ in range(RECORDINGS):
        if not late(files["video"].path()):
            break
        files["video"] = export(page, "video")
    found = Saved(
        page.locator(".caption").inner_text(),
        {kind: file.suggested_filename for kind, file in files.items()},
        {kind: file.path() for kind, file in files.items()},
    )
    tabs.close(page)
    return found


def late(path: Path) -> bool:
    """Whether a frame of a recorded video comes more than half a second late or early."""
    times = np.array(decoded(path)[1])
    return bool(
        len(times) != FRAMES
        or np.abs(times - times[0] - np.arange(FRAMES) / RATE).max() >= TOLERANCE_S["video"]
    )


def rgb(path: Path) -> NDArray[np.int64]:
    """RGB [height, width, 3] of a picture file."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image[..., ::-1], np.int64)


def patch_center(panel: int, row: int, column: int) -> tuple[int, int]:
    """Pixel (y, x) of a patch of a model's panel in a figure at scale 1."""
    left = MARGIN + panel * (PANEL + GAP)
    return round(PICTURE_TOP + row * CELL), round(left + column * CELL)


def expected_maps(layer: int = LAYER, head: int = HEAD, frame: int = FRAME) -> dict[str, Any]:
    """The maps [rows, columns] that the run holds, by model."""
    return {name: stored()[f"{name}/spatial/{ARRAY}"][layer, head, frame] for name in TITLES}


def test_a_picture_has_the_color_of_each_value(saved: Saved) -> None:
    name = "orbit_attention-received_spatial_layer-1_head-2_frame-5.png"
    assert saved.names["png"] == name
    image = rgb(saved.paths["png"])
    assert image.shape[1] == 2 * FIGURE_WIDTH
    assert image.shape[0] > 2 * (PICTURE_TOP + PICTURE_HEIGHT)
    every = np.stack([stored()[f"{name}/spatial/{ARRAY}"][LAYER, HEAD] for name in TITLES])
    values = np.sort(every.astype(np.float64), axis=None)
    high = values[int(0.998 * values.size)]
    for panel, values_of in enumerate(expected_maps().values(), start=1):
        for row, column in ((1, 1), (4, 7), (7, 10)):
            y, x = patch_center(panel, row, column)
            index = round(255 * min(1.0, float(values_of[row, column]) / high))
            wanted = colormap("viridis")[index].astype(int)
            assert np.abs(image[2 * y, 2 * x] - wanted).max() <= 3


def test_a_drawing_is_made_of_text_and_patches(saved: Saved) -> None:
    root = ElementTree.parse(saved.paths["svg"]).getroot()
    assert root.findtext(f"{SVG}desc") == saved.caption
    lines = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert saved.caption in " ".join(lines)
    assert set(TITLES.values()) <= set(lines)
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "map"]
    assert [len(group) for group in groups] == [ROWS * COLUMNS] * 3


def test_a_table_holds_the_values_of_the_run(saved: Saved) -> None:
    text = saved.paths["csv"].read_text()
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "Attention received (× uniform)" in comments[0]
    assert f"# {saved.caption}" in comments
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert len(rows) == 3 * ROWS * COLUMNS
    maps = expected_maps()
    for row in rows:
        wanted = maps[row["model"]][int(row["row"]), int(row["column"])]
        assert float(row["value"]) == wanted


def test_a_table_of_differences_says_so(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=7, layer=0, head=3, versus=1)
    table = export(page, "csv")
    assert "_from-linear_" in table.suggested_filename
    text = table.path().read_text()
    assert "# The values of linear are its own, not differences." in text
    maps = expected_maps(0, 3, 7)
    wanted = maps["fixation"].astype(np.float32) - maps["linear"].astype(np.float32)
    lines = [line for line in text.splitlines() if line.startswith("fixation,")]
    assert [float(line.split(",")[3]) for line in lines] == wanted.ravel().tolist()


def test_all_numbers_of_a_layer_open_in_numpy(saved: Saved) -> None:
    assert saved.names["npz"] == "orbit_layer-1.npz"
    arrays = {name: array for name, array in stored().items() if len(array) == LAYERS}
    with np.load(saved.paths["npz"]) as numbers:
        assert set(numbers.files) == {
            *arrays,
            "frames/index",
            "frames/timestamp_s",
            "manifest",
        }
        for name in numbers.files:
            assert isinstance(numbers[name], np.ndarray)
        for name, array in arrays.items():
            assert numbers[name].dtype == array.dtype
            assert np.array_equal(numbers[name], array[LAYER], equal_nan=True)
        assert numbers["softmax/spatial/metrics"].shape[:2] == (HEADS, FRAMES)
        assert np.allclose(numbers["frames/timestamp_s"], np.arange(FRAMES) / RATE)
        assert json.loads(str(numbers["manifest"]))["clip"]["name"] == "orbit.mp4"


def decoded(path: Path) -> tuple[list[NDArray[np.int64]], list[float]]:
    """RGB frames and their times in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    images = [frame.to_ndarray(format="rgb24").astype(np.int64) for frame in frames]
    return images, [float(frame.time or 0) for frame in frames]


def moving_patch(images: list[NDArray[np.int64]]) -> list[tuple[int, int]]:
    """Per frame the (row, column) of the brightest patch in the first model's panel."""
    cells = [(row, column) for row in range(1, ROWS - 1) for column in range(1, COLUMNS - 1)]
    return [max(cells, key=lambda c: image[patch_center(1, *c)][1]) for image in images]


@pytest.mark.parametrize("kind", ["gif", "video"])
def test_an_animation_has_all_frames_in_time(saved: Saved, kind: str) -> None:
    assert "_frames-0-16." in saved.names[kind]
    images, times = decoded(saved.paths[kind])
    assert len(images) == FRAMES
    assert images[0].shape[1] == FIGURE_WIDTH
    lateness = np.abs(np.array(times) - times[0] - np.arange(FRAMES) / RATE)
    assert lateness.max() < TOLERANCE_S[kind]
    values = stored()[f"softmax/spatial/{ARRAY}"][LAYER, HEAD].astype(np.float64)
    for (row, column), values_of in zip(moving_patch(images), values, strict=True):
        assert values_of[row, column] > 0.9 * values_of[1:-1, 1:-1].max()


def test_pillow_opens_the_pictures(saved: Saved) -> None:
    with Image.open(saved.paths["png"]) as picture:
        picture.load()
        assert (picture.format, picture.width) == ("PNG", 2 * FIGURE_WIDTH)
    with Image.open(saved.paths["gif"]) as animation:
        lengths = []
        for frame in range(getattr(animation, "n_frames", 1)):
            animation.seek(frame)
            lengths.append(animation.info["duration"])
        assert (animation.format, animation.width) == ("GIF", FIGURE_WIDTH)
    assert len(lengths) == FRAMES
    assert sum(lengths) == pytest.approx(1000 * FRAMES / RATE, abs=10)


def test_an_export_can_be_cancelled(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    page.get_by_role("button", name="Export", exact=True).click()
    page.locator('[data-export="video"]').click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Export cancelled.").wait_for()
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_a_video_is_offered_only_where_it_can_be_recorded(page: Page, app: App) -> None:
    page.goto(f"{app.url}/{urls.player()}/styles.css")
    url = f"/{urls.player()}/export/animation.js"
    ask = f"async () => (await import('{url}')).videoType()"
    assert page.evaluate(ask)["ending"] in ("mp4", "webm")
    page.evaluate("() => { delete globalThis.MediaRecorder; }")
    assert page.evaluate(ask) is None


def test_a_part_that_cannot_be_fetched_is_reported(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    page.wait_for_timeout(500)
    page.route("**/artifacts/**", lambda route: route.fulfill(status=500, body="{}"))
    page.get_by_role("button", name="Export", exact=True).click()
    page.locator('[data-export="npz"]').click()
    page.get_by_text("Not exported. A part of this run could not be fetched.").wait_for()


def test_the_menu_is_worked_by_keys_alone(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=2)
    button = page.get_by_role("button", name="Export", exact=True)
    button.focus()
    page.keyboard.press("ArrowDown")
    items = page.get_by_role("menu", name="Export").get_by_role("menuitem")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    expect(items.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    wait_for_frame(page, 2)
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    with page.expect_download() as caught:
        page.keyboard.press("Enter")
    assert caught.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize(("width", "least", "most"), [(1400, 8, 12), (390, 3, 6)])
def test_small_frames_lead_to_their_time(
    new_page: NewPage, app: App, width: int, least: int, most: int
) -> None:
    page = new_page(width=width)
    open_view(page, app.url, app.run)
    small = page.locator(".thumbnails canvas")
    small.nth(least - 1).wait_for()
    assert least <= small.count() <= most
    small.last.click()
    page.wait_for_selector('.viewer[data-ready="true"]:not([data-frame="0"])')
    frame = int(page.locator(".viewer").get_attribute("data-frame") or 0)
    assert frame >= FRAMES - FRAMES // small.count() - 1


@pytest.mark.slow
def test_the_menu_and_its_picture_follow_the_theme(page: Page, app: App, results: Path) -> None:
    open_view(page, app.url, app.run, frame=5)
    for scheme in each_scheme(page):
        export(page, "png").save_as(results / f"export-{scheme}.png")
        page.get_by_text("Saved as").wait_for()
        page.get_by_role("button", name="Export", exact=True).click()
        page.screenshot(path=results / f"export-menu-{scheme}.png", full_page=True)
        corner = rgb(results / f"export-{scheme}.png")[0, 0]
        assert corner.min() > 200 if scheme == "light" else corner.max() < 60
        page.keyboard.press("Escape")
