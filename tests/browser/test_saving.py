"""What the Save menu of a figure gives: picture files with the caption, named for what they show."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from playwright.sync_api import Download, Page

from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.ui.concentration_run import concentration_run
from tests.ui.synthetic import TITLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SVG = "{http://www.w3.org/2000/svg}"
SOFTMAX, PNG_SCALE = (0x00, 0x72, 0xB2), 3
"""The first model's color in the light theme, and pixels of a PNG for each of a drawing."""


@pytest.fixture(scope="module")
def run(app: App) -> str:
    return app.store.publish("6" * 64, *concentration_run(), owner="test", name="saved.mp4")


def open_page(page: Page, app: App, run: str, parameters: str = "") -> None:
    page.goto(f"{app.url}/concentration?run={run}{parameters}")
    page.get_by_role("heading", name="On what decides the class").wait_for()


def save(page: Page, key: str, label: str) -> Download:
    page.locator(f".st-key-{key} .js-plotly-plot .main-svg").first.wait_for()
    page.locator(f".st-key-{key}-save").get_by_role("button", name="Save").click()
    with page.expect_download(timeout=BUSY_MS) as caught:
        page.get_by_role("button", name=label).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=label).wait_for(state="hidden")
    return caught.value


def picture(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image[..., ::-1])


def amount(image: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((np.abs(image.astype(int) - color).max(-1) < 12).sum())


def test_a_chart_is_saved_as_png_and_as_svg_with_its_caption(
    page: Page, app: App, run: str, results: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, app, run, "&layer=1&head=3")
    assert not [url for url in asked if "/export/drawing.js" in url], "fetched before anybody asks"
    png = save(page, "concentration-time", "Picture as PNG")
    assert png.suggested_filename == "concentration-over-time.png"
    assert png.path().read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    image = picture(png.path())
    assert amount(image, SOFTMAX) > 3000, "the curve is drawn"
    assert tuple(image[0, 0]) == (255, 255, 255)
    png.save_as(results / "saved-chart.png")

    svg = save(page, "concentration-time", "Drawing as SVG")
    assert svg.suggested_filename == "concentration-over-time.svg"
    root = ElementTree.parse(svg.path()).getroot()
    assert root.tag == f"{SVG}svg"
    assert image.shape[1] == PNG_SCALE * float(root.get("width") or 0)
    caption = root.findtext(f"{SVG}desc") or ""
    assert caption.startswith("Concentration over time: spatial attention, layer 1, head 3")
    written = [text.text or "" for text in root.findall(f"{SVG}text")]
    assert " ".join(written) == caption, "all of the caption stands under the chart"
    assert len(list(root.iter(f"{SVG}path"))) > 3
    assert "#0072B2" in svg.path().read_text("utf-8")
    assert all(url.startswith((app.url, "data:", "blob:")) for url in asked), "no other server"


def test_charts_side_by_side_are_saved_as_one_drawing(page: Page, app: App, run: str) -> None:
    open_page(page, app, run)
    page.locator(".st-key-concentration-grid-0 .js-plotly-plot .main-svg").first.wait_for()
    page.locator(".st-key-concentration-grid-save").get_by_role("button", name="Save").click()
    with page.expect_download(timeout=BUSY_MS) as caught:
        page.get_by_role("button", name="Drawing as SVG").click()
    text = caught.value.path().read_text("utf-8")
    assert [text.count(f">{title}<") for title in TITLES.values()] == [1] * len(TITLES)
    assert "one scale for all models" in text


def test_the_camera_saves_a_png(page: Page, app: App, run: str) -> None:
    open_page(page, app, run)
    chart = page.locator(".st-key-concentration-time .js-plotly-plot")
    chart.locator(".main-svg").first.wait_for()
    chart.hover()
    with page.expect_download(timeout=BUSY_MS) as caught:
        chart.locator('.modebar-btn[data-title*="PNG"], .modebar-btn[data-title*="png"]').click()
    assert caught.value.suggested_filename == "concentration-over-time.png"
    wide = chart.evaluate("g => g.clientWidth")
    assert picture(caught.value.path()).shape[1] >= 2 * wide


@pytest.mark.parametrize("scheme", ["dark"])
def test_a_picture_has_the_colors_of_the_page(
    new_page: NewPage, app: App, run: str, scheme: str
) -> None:
    page = new_page(width=390, height=844, scheme=scheme)
    open_page(page, app, run)
    image = picture(save(page, "concentration-time", "Picture as PNG").path())
    assert image[0, 0].max() < 60
    assert image.shape[1] > PNG_SCALE * 600, "wide enough for the legend, even from a phone"


def test_pictures_of_maps_are_saved_as_png(page: Page, app: App, run: str, results: Path) -> None:
    page.goto(f"{app.url}/fixation?run={run}&axis=temporal&layer=1")
    page.locator(".st-key-ratio-maps-save").get_by_role("button", name="Save").click()
    with page.expect_download(timeout=BUSY_MS) as caught:
        page.get_by_role("button", name="Picture as PNG").click()
    name = caught.value.suggested_filename
    assert name == "saved-mp4-fixation-temporal-attention-layer-1-ratio-maps.png"
    image = picture(caught.value.path())
    assert image.shape[1] > 1500
    assert image.std() > 10
    caught.value.save_as(results / "saved-maps.png")
