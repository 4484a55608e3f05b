"""The file of a run, opened from a disk with the network cut: nothing is asked for, and everything works."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Download, Page, expect

from fixviz.analysis.features import layer_features
from fixviz.course import shipped
from fixviz.model.checkpoints import load_model
from fixviz.reading.browser_networks import folders
from fixviz.settings import Settings
from fixviz.single_file.build import build_file
from fixviz.store import Store
from tests.browser.conftest import BUSY_MS
from tests.browser.screens import each_scheme
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_until
from tests.ui.synthetic import synthetic_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READY = '.viewer[data-ready="true"]'
HOSTILE = "</script><img src=x onerror=document.title='broken'>.mp4"
TITLES = {
    "attention": "Attention received",
    "row": "Attention weights from a patch",
    "rollout": "Rollout (whole network)",
    "ratio-query": "Fixation ratio, query",
    "ratio-key": "Fixation ratio, key",
    "neighbor-query": "Neighbor contribution, query",
    "motion": "Optical flow",
}
COLORS = """() => [...document.querySelectorAll('canvas.picture')].map(canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value, i) => (sum * 31 + value * (i % 7)) % 1000000007, 7);
})"""


def seen(page: Page, name: str) -> str:
    """What the viewer says of itself: its frame, or the query that is drawn."""
    return str(page.locator(".viewer").get_attribute(f"data-{name}"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the file of the run that comes with fixviz."""
    path = tmp_path_factory.mktemp("mail") / "run.html"
    store = shipped.run().store
    path.write_bytes(build_file(store, shipped.HANDLE, folders(Settings())))
    return path.as_uri()


class Offline:
    """Pages without a network, and everything that goes wrong on them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self.wrong: list[str] = []

    def open(self, url: str, width: int = 1280, height: int = 900, scheme: Any = "light") -> Page:
        """Open a file and wait until its view is drawn."""
        context = self._browser.new_context(
            offline=True, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self._contexts.append(context)
        context.set_default_timeout(BUSY_MS)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self._note(request.url, url))
        page.goto(url)
        page.wait_for_selector(READY)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(message.text)

    def _note(self, asked: str, url: str) -> None:
        if not asked.startswith(("blob:", "data:")) and asked.split("#")[0] != url.split("#")[0]:
            self.wrong.append(f"asked for {asked}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def offline(browser: Browser) -> Iterator[Offline]:
    pages = Offline(browser)
    yield pages
    pages.close()
    assert pages.wrong == []


def test_it_is_used_by_keyboard_alone(offline: Offline, file: str) -> None:
    """Step, play, choose a patch, move it, change the layer, turn the dial."""
    page = offline.open(file)
    first = int(seen(page, "frame"))
    page.get_by_role("button", name="Next frame").focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: int(seen(page, "frame")) == first + 1)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: int(seen(page, "frame")) > first + 2)
    page.keyboard.press("Enter")
    page.wait_for_selector(READY)
    page.locator(".screen").nth(1).focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: seen(page, "query") != "")
    query, before = seen(page, "query"), page.evaluate(COLORS)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: seen(page, "query") not in ("", query))
    page.wait_for_selector(READY)
    wait_until(page, lambda: page.evaluate(COLORS) != before)
    page.get_by_role("radiogroup", name="Layer").get_by_role("radio", name="2").focus()
    page.keyboard.press("ArrowLeft")
    wait_until(page, lambda: "layer=1" in page.url)
    page.wait_for_selector(READY)
    before = page.evaluate(COLORS)
    page.get_by_label("Fixation dial", exact=True).focus()
    page.keyboard.press("End")
    wait_until(page, lambda: "alpha=3" in page.url)
    page.wait_for_selector(READY)
    wait_until(
        page,
        lambda: page.evaluate(COLORS)[3] != before[3],
        "that the third model, which has ratios to turn, is drawn anew",
    )


def test_a_row_is_the_networks_own(offline: Offline, file: str) -> None:
    """The numbers under the panel come from weights and pixels in the file."""
    page = offline.open(f"{file}#show=row&axis=spatial&layer=2&frame=9&query=4-5&by=slot&head=1")
    saved = export(page, "csv").path().read_text()
    lines = [line.split(",") for line in saved.splitlines() if line.startswith("fixation,")]
    shown = np.array([float(line[3]) for line in lines])
    run = shipped.run()
    model = load_model("fixation", "cpu")
    known = layer_features(model, run.array("pixels/64"), "spatial", 2)
    entry = run.model("fixation")
    window = entry["window_of_frame"][9]
    position = 9 - entry["windows"]["start"][window]
    part = model.get_submodule("blocks.2.attentions.spatial")
    arrays = [known.arrays[name][window][None] for name in ("query", "key", "value")]
    weights = own_weights(part, arrays, position, head=1)
    columns = entry["grid"]["columns"]
    np.testing.assert_allclose(shown, weights[4 * columns + 5], atol=2e-3 * weights.max())


def own_weights(attention: Any, arrays: list[Any], position: int, head: int) -> Any:
    import torch

    from fixviz.model.attention import attention_weights

    with torch.inference_mode():
        tensors = [torch.from_numpy(array).float().flatten(-2) for array in arrays]
        trace = attention.trace_from(*tensors)
        query, key = (
            x[0, position, :, :, head].flatten(0, 1) for x in (trace.fixed_query, trace.fixed_key)
        )
        return attention_weights(query, key, attention.kind).numpy()


def test_every_quantity_is_drawn(offline: Offline, file: str) -> None:
    """All of them differ from each other, and none says that a part is missing."""
    page = offline.open(f"{file}#frame=9")
    drawn = []
    for show in TITLES:
        page.evaluate("hash => { location.hash = hash; }", f"frame=9&query=3-3&show={show}")
        page.get_by_label("Show", exact=True).last.locator(
            f"option:checked:text-is('{TITLES[show]}')"
        ).wait_for(state="attached")
        page.wait_for_selector(READY)
        expect(page.locator(".error:visible")).to_have_count(0)
        drawn.append(page.evaluate(COLORS)[3])
    assert len(set(drawn)) == len(TITLES)


def chosen(page: Page) -> str:
    """The quantity that is shown, by its title."""
    return str(
        page.get_by_label("Show", exact=True)
        .last.locator("option:checked")
        .evaluate("option => option.textContent")
    )


def export(page: Page, which: str) -> Download:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.locator(f"[data-export={which}]").click()
    return download.value


@pytest.mark.parametrize("which", ["png", "svg", "gif", "npz"])
def test_pictures_and_numbers_are_saved(offline: Offline, file: str, which: str) -> None:
    saved = export(offline.open(file), which)
    data = Path(saved.path()).read_bytes()
    assert saved.suggested_filename.endswith(which)
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "gif": b"GIF89a", "npz": b"PK"}
    assert data.startswith(starts[which])
    if which == "npz":
        name = "fixation/spatial/attention_received/source"
        with np.load(io.BytesIO(data)) as arrays:
            np.testing.assert_array_equal(arrays[name], shipped.run().array(name)[2])


def test_a_link_names_a_view_and_the_address_follows(offline: Offline, file: str) -> None:
    page = offline.open(f"{file}#frame=9&show=ratio-key&axis=temporal")
    assert seen(page, "frame") == "9"
    assert chosen(page) == TITLES["ratio-key"]
    page.get_by_role("button", name="Next frame").click()
    wait_until(page, lambda: "frame=10" in page.url)
    expect(page).to_have_url(re.compile("show=ratio-key"))
    page.evaluate("() => { location.hash = 'frame=3'; }")
    wait_until(page, lambda: seen(page, "frame") == "3")
    wait_until(page, lambda: chosen(page) == TITLES["attention"])


def test_a_hostile_name_does_nothing(offline: Offline, tmp_path: Path) -> None:
    store = Store(Settings(home=tmp_path / "home"))
    handle = store.publish("a" * 64, *synthetic_run(), owner="test", name=HOSTILE)
    path = tmp_path / "run.html"
    path.write_bytes(build_file(store, handle, folders(Settings(home=tmp_path / "home"))))
    page = offline.open(path.as_uri())
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    assert "fixviz" in page.title()


def test_without_weights_the_maps_stay_and_the_panel_says_what_is_missing(
    offline: Offline, tmp_path: Path
) -> None:
    store = Store(Settings(home=tmp_path / "home"))
    handle = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    path = tmp_path / "run.html"
    path.write_bytes(build_file(store, handle, folders(Settings(home=tmp_path / "home"))))
    page = offline.open(path.as_uri())
    page.locator(".screen").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("its rollout are left out").first.wait_for()
    page.evaluate("() => { location.hash = 'frame=4'; }")
    page.wait_for_selector(f'{READY}[data-frame="4"]')


def test_it_meets_the_rules_of_accessibility(offline: Offline, file: str) -> None:
    page = offline.open(f"{file}#show=row&query=4-5")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for scheme in each_scheme(page):
        assert grave_findings(page, "body") == [], scheme


def fits(page: Page, width: int) -> bool:
    """Whether neither the page nor the clock in it is too wide."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    clock = page.locator(".clock")
    return wide <= width and clock.evaluate("clock => clock.scrollWidth <= clock.clientWidth")


def test_nothing_is_wider_than_the_window(offline: Offline, file: str) -> None:
    page = offline.open(file, 1280, 900)
    for width, height in ((1280, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, partial(fits, page, width), f"that the page fits {width}")


def test_presenter_mode_has_the_screen_for_itself(offline: Offline, file: str) -> None:
    page = offline.open(f"{file}#present=1", 1024, 768)
    assert page.locator(".page-head").is_hidden()
    assert page.locator(".page-foot").is_hidden()
    wait_until(page, lambda: page.evaluate("document.documentElement.scrollHeight") <= 768)
    page.keyboard.press("Escape")
    page.locator(".page-head").wait_for()
