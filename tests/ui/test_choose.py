"""What a choice before a run comes to, and the page on which it is made."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from fixviz.engine import DEFAULT_MODELS
from fixviz.engine.calibration import Calibration, Sample, Shape
from fixviz.engine.machine import describe_machine
from fixviz.errors import JobCancelled, OptionError
from fixviz.media import encode_mp4
from fixviz.model.config import ModelConfig, checkpoint_names, read_config, resolve_checkpoint
from fixviz.reading.samples import samples
from fixviz.settings import Settings
from fixviz.ui.choose.models import Offered, clash, with_own_titles
from fixviz.ui.choose.plan import (
    at_size,
    clean_crop,
    grid,
    least_side,
    sampled,
    windows,
)
from fixviz.ui.choose.previews import Preview, Previews, make_preview
from fixviz.ui.choose.size import sizes_of
from tests.ui.page import open_page

CONFIG = ModelConfig(frames=8, patch=12, stride=8, image_size=64)


def offer(title: str = "A", sizes: tuple[int, ...] = (64, 112), **config: object) -> Offered:
    return Offered(title, replace(CONFIG, **config), sizes, own=False)


def test_frames_of_a_span_are_those_that_an_analysis_takes() -> None:
    taken = sampled(10.0, 30.0, 8.0, 1.5, 3.0, most=128)
    assert taken.times == [1.5 + k / 8 for k in range(12)]
    assert taken.left_out == 0
    cut = sampled(10.0, 30.0, 8.0, 0.0, None, most=13)
    assert (len(cut.times), cut.times[-1], cut.left_out) == (13, 1.5, 67)
    with pytest.raises(OptionError, match="must come after the start"):
        sampled(10.0, 30.0, 8.0, 3.0, 3.0, most=5)


def test_windows_and_patches_of_a_choice() -> None:
    assert [windows(n, CONFIG) for n in (1, 8, 9, 12, 13, 83)] == [1, 1, 2, 2, 3, 20]
    assert grid(CONFIG, 340, 256) == (9, 11)
    assert grid(at_size(CONFIG, 112), 340, 256) == (15, 19)
    assert at_size(CONFIG, None) is CONFIG
    assert least_side([CONFIG, replace(CONFIG, stride=14, patch=16)]) == 28


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("0,0,5,5", None),
        ([1, 2, 3], None),
        ([0, 0, float("nan"), 9], None),
        ([0, 0, 101, 71], None),  # All of it.
        ([0, 0, 500, 500], None),
        ([10.4, 20.6, 40, 30], (10, 21, 40, 30)),
        ([90, 60, 40, 30], (61, 41, 40, 30)),  # Pushed inside.
        ([-5, -5, 3, 3], (0, 0, 16, 16)),  # No smaller than 3 patches.
        ([0, 0, 101, 2], (0, 0, 101, 16)),
    ],
)
def test_a_crop_lies_inside_the_picture(value: object, expected: object) -> None:
    assert clean_crop(value, 101, 71, least=16) == expected


@given(
    st.lists(st.integers(-3000, 3000), min_size=4, max_size=4),
    st.integers(1, 2000),
    st.integers(1, 2000),
    st.integers(1, 64),
)
def test_no_crop_is_outside_too_small_or_too_long(
    value: list[int], width: int, height: int, least: int
) -> None:
    crop = clean_crop(value, width, height, least)
    if crop is None:
        return
    left, top, wide, high = crop
    assert left >= 0 and top >= 0 and left + wide <= width and top + high <= height
    assert wide >= min(least, width) and high >= min(least, height)
    assert high >= min(height, wide / 8) and wide >= min(width, high / 8)
    assert clean_crop(crop, width, height, least) == crop


def test_models_of_two_rates_are_told_before_the_run() -> None:
    assert clash({"a": CONFIG, "b": CONFIG}) is None
    sentence = clash({"Mine": replace(CONFIG, frame_rate=7.5), "Softmax": CONFIG})
    assert sentence is not None and "Mine: 7.5, Softmax: 8 frames/s" in sentence


def test_frame_sizes_on_offer_are_those_that_all_models_know() -> None:
    small, base = offer(sizes=(64, 96, 112)), offer(sizes=(64, 112, 160), image_size=112)
    assert sizes_of([small, small]) == [64, 96, 112]
    assert sizes_of([base]) == [64, 112, 160]
    # Side by side each may keep its own size, or both are shown frames of one.
    assert sizes_of([small, base]) == [None, 64, 112]
    # Somebody's own checkpoint, of which nothing is known but the size it was trained at.
    assert sizes_of([offer(sizes=(23,), image_size=23)]) == [23]
    assert sizes_of([small, offer(sizes=(23,), image_size=23)]) == [None]
    assert sizes_of([]) == [None]


def test_equal_titles_are_told_apart() -> None:
    models = with_own_titles({"x-aaaa": offer(title="T"), "y-bbbb": offer(title="T"), "z": offer()})
    assert [model.title for model in models.values()] == ["T (aaaa)", "T (bbbb)", "A"]


def moving(path: Path, frames: int = 31) -> Path:
    """A video whose brightness says which frame it is."""
    pictures = np.zeros((frames, 48, 80, 3), np.uint8)
    pictures += (8 * np.arange(frames, dtype=np.uint8))[:, None, None, None]
    encode_mp4(path, pictures, 10.0)
    return path


def test_a_preview_shows_the_first_and_the_last_frame_of_the_span(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    path = str(moving(tmp_path / "m.mp4"))
    preview = make_preview(path, 0.5, 1.9, settings)
    assert len(preview.pictures) == len(preview.times) == 8
    assert preview.times == pytest.approx([0.5 + 0.2 * k for k in range(8)])
    assert make_preview(path, 0.7, 0.7, settings).times == pytest.approx([0.7])
    with pytest.raises(JobCancelled):
        make_preview(path, 0.5, 1.8, settings, should_stop=lambda: True)


def test_pictures_are_found_by_their_token_only_and_old_ones_go() -> None:
    previews, made = Previews(most=2), []

    def make(number: int) -> Preview:
        made.append(number)
        return Preview([b"%d" % number], [0.0])

    first = previews.get(1, lambda: make(1))
    assert previews.get(1, lambda: make(1)) is first and made == [1]
    assert previews.picture(first.token, 0) == b"1"
    for token, number in ((first.token, 1), (first.token, -1), ("x" * 22, 0), ("", 0), ("é", 0)):
        assert previews.picture(token, number) is None
    previews.get(2, lambda: make(2))
    previews.get(3, lambda: make(3))
    assert previews.picture(first.token, 0) is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    return tmp_path


def price(home: Path, window_s: float) -> None:
    """Say what a window of each main model costs here: so much on 9 x 9 patches, nothing for the rest."""
    samples = tuple(Sample(n, window_s * n / 81, 0.0, 0.0, 10**6, 10**3) for n in (81, 225))
    for name in DEFAULT_MODELS:
        config = read_config(resolve_checkpoint(name)).config
        shape = Shape(samples, start_s=0.0, measured=time.time())
        Calibration(home).keep(describe_machine("auto"), config, shape)


def shown(at: AppTest) -> str:
    return " ".join(str(element.value) for element in at.markdown)


def test_a_sample_can_be_adjusted_first(home: Path) -> None:
    price(home, window_s=10.0)
    at = open_page("inspect/watch")
    at.button(key=f"adjust-{samples()[1].path.stem}").click().run()
    assert not at.exception
    assert at.title[0].value == samples()[1].title
    assert at.slider(key="adjust-1-span").value[0] == 0.0
    assert len(at.multiselect(key="adjust-1-models").value) == min(3, len(checkpoint_names()))
    at.slider(key="adjust-1-frames").set_value(11).run()
    assert "**11 frames**, 8 per second, from 0.00 to 1.25 s" in shown(at)
    assert "2 windows of 8 frames, 9 × 11 patches a frame" in shown(at)
    # 3 models, 2 windows of 9 x 11 patches, 10 s for 9 x 9: 73 s, and the reading of the clip.
    seconds = re.search(r"Takes about (\d+) s and 0\.0 GB", shown(at))
    assert seconds is not None and 73 <= int(seconds[1]) < 83
    assert at.get("bidi_component"), "the picture to draw on"
    assert not at.button(key="adjust-analyze").disabled
    at.multiselect(key="adjust-1-models").set_value([]).run()
    assert at.button(key="adjust-analyze").disabled
    at.button(key="adjust-back").click().run()
    assert at.file_uploader(key="upload")


def test_every_frame_size_says_what_it_costs_and_one_that_takes_too_long_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_JOB_TIMEOUT_S", "100")
    price(home, window_s=10.0)
    at = open_page("inspect/watch")
    at.button(key=f"adjust-{samples()[1].path.stem}").click().run()
    at.slider(key="adjust-1-frames").set_value(11).run()
    size = at.radio(key="adjust-1-size-3")
    assert size.options == ["64 px", "96 px", "112 px"] and size.value == 64
    captions = list(size.proto.captions)
    assert re.fullmatch(r"9 × 11 patches, about \d\d s, 0\.0 GB of memory", captions[0])
    assert captions[1:] == ["13 × 17 patches, does not fit", "15 × 19 patches, does not fit"]
    size.set_value(112).run()
    assert at.button(key="adjust-analyze").disabled
    # 8 frames are one window: 3 x 10 s x 285 / 81 = 106 s, over the 100 s; so only a smaller size fits.
    assert at.error[0].value == (
        "This analysis would take about 4 minutes, and it may take 2 minutes (FIXVIZ_JOB_TIMEOUT_S). "
        "What would fit: frames of 64 px."
    )
    assert "15 × 19 patches a frame" in shown(at)
    at.radio(key="adjust-1-size-3").set_value(64).run()
    assert not at.error and not at.button(key="adjust-analyze").disabled


def test_a_file_that_is_no_video_cannot_be_adjusted(home: Path) -> None:
    at = open_page("inspect/watch")
    at.file_uploader(key="upload").upload("notes.mp4", b"This is not a video.\n" * 13).run()
    at.button(key="adjust").click().run()
    assert not at.exception
    assert "notes.mp4" in at.error[0].value
    assert at.file_uploader(key="upload"), "the page goes on"
