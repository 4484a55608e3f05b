"""The main path, as somebody takes it for the first time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fixviz.media import encode_image, encode_mp4
from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.views import pixels, wait_for_frame, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_uploaded_video_can_be_watched(page: Page, app: App, results: Path) -> None:
    page.goto(f"{app.url}/watch")
    page.get_by_role("heading", name="Where does a video Transformer look?").wait_for()
    page.wait_for_function(
        "() => [...document.images].filter(i => i.naturalWidth > 99).length >= 3"
    )
    page.screenshot(path=results / "first-visit.png")
    page.locator("input[type=file]").set_input_files(samples()[0].path)
    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    expect(page.locator("canvas.picture")).to_have_count(4)
    before = pixels(page, 3)
    page.get_by_label("Frame", exact=True).focus()
    page.keyboard.press("Home")
    wait_for_frame(page, 0)
    assert np.abs(pixels(page, 3).astype(int) - before).max() > 8, "it opens within the motion"
    page.screenshot(path=results / "uploaded.png")


def masked_clip(folder: Path) -> list[Path]:
    """A bright square that moves over a dark ground, and for each frame a mask of it."""
    frames = np.full((24, 120, 160, 3), 40, np.uint8)
    masks = np.zeros((24, 120, 160, 3), np.uint8)
    for i in range(24):
        place = slice(40, 88), slice(4 * i, 4 * i + 48)
        frames[i][place] = 220
        masks[i][place] = 255
    encode_mp4(folder / "street.mp4", frames, 8)
    for i, mask in enumerate(masks):
        (folder / f"{i:05d}.png").write_bytes(encode_image(mask, format="png"))
    return sorted(folder.iterdir())


def test_a_clip_with_its_masks_shows_them(page: Page, app: App, tmp_path: Path) -> None:
    files = masked_clip(tmp_path)
    assert files[-1].name == "street.mp4"
    page.goto(f"{app.url}/watch")
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("street.mp4 with 24 pictures of masks.").wait_for()
    page.get_by_role("button", name="Analyze").click()
    wait_for_frame(page)
    shares = page.get_by_text(re.compile(r"^\d+ % on target, \d+\.\d × uniform$"))
    shares.nth(2).wait_for()
    expect(shares).to_have_count(3)
    # The opening frame is 11 or 12: the square's patches begin at about its left edge, 44 or 48.
    with_border = pixels(page, 0).astype(int)
    height, width = with_border.shape[:2]
    page.get_by_text("Display options").click()
    page.get_by_role("radiogroup", name="Outline").get_by_role("radio", name="None").check()
    page.wait_for_function("() => document.URL.includes('outline=none')")
    wait_until(page, lambda: not np.array_equal(pixels(page, 0), with_border), "no outline")
    changed = np.abs(pixels(page, 0).astype(int) - with_border).max(-1) > 40
    rows, columns = np.nonzero(changed)
    # One patch is 15 of 120 pixels high and wide, and less than half of it may lie beyond the square.
    assert abs(rows.min() / height - 40 / 120) < 10 / 120
    assert abs(rows.max() / height - 88 / 120) < 10 / 120
    assert abs((columns.max() - columns.min()) / width - 48 / 160) < 20 / 160
    assert not changed[
        int(0.45 * height) : int(0.6 * height), columns.min() + 4 : columns.max() - 3
    ].any()


def test_a_sample_is_one_click_away(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    page.get_by_role("button", name=f"Watch {samples()[0].title}", exact=True).click()
    wait_for_frame(page)
    expect(page).to_have_url(re.compile("run="))


def test_a_file_that_is_no_video_gets_a_sentence(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    file = {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"not a video " * 17}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Analyze").click()
    page.get_by_role("alert").get_by_text("notes.mp4").wait_for()
    expect(page.get_by_role("button", name="Watch").first).to_be_visible()
