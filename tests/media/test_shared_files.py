"""Small files in states that users report, from the folder beside the clone, with what is right for each."""

from __future__ import annotations

import numpy as np
import pytest

from fixviz.media.clip import Clip
from fixviz.media.decode import decode_clip

FORMS = {"green": (30, 200, 30), "red": (220, 30, 30), "white": (240, 240, 240)}


@pytest.fixture
def clip_of(shared_folder, settings):
    folder = shared_folder("files")

    def read(name: str, rate_hz: float = 24.0, **options) -> Clip:
        return decode_clip(folder / name, rate_hz=rate_hz, settings=settings, **options)

    return read


def number_in(frame: np.ndarray) -> int:
    """The number that the strip of eight blocks along the top says, most significant first."""
    blocks = np.array_split(frame[3:8], 8, axis=1)
    return int("".join("1" if b[:, 3:-3].mean() > 128 else "0" for b in blocks), 2)


def corners(frame: np.ndarray) -> list[str]:
    """The names of the colors below the strip, left and right."""
    row = frame[frame.shape[0] // 5]
    names = []
    for color in (row[6], row[-7]):
        far = {name: np.abs(color.astype(int) - rgb).max() for name, rgb in FORMS.items()}
        names.append(min(far, key=far.__getitem__))
    return names


def test_a_mirrored_picture_is_mirrored_back(clip_of):
    clip = clip_of("a02_mirrored.mov")

    assert corners(clip.frames[0]) == ["green", "red"]
    assert [number_in(f[:, ::-1]) for f in clip.frames] == list(range(24))


def test_a_trim_shows_what_the_edit_list_shows(clip_of):
    clip = clip_of("a03_trim_editlist.mp4")

    assert clip.source.frame_count == 26
    assert sorted({number_in(f) for f in clip.frames}) == [*range(60, 85), 87]
    assert number_in(clip.frames[0]) == 60
    assert clip.notes == ()


def test_the_film_is_taken_not_the_cover(clip_of):
    clip = clip_of("a04_cover_first.mp4")

    assert (clip.source.codec, clip.source.frame_count) == ("h264", 24)
    assert [number_in(f) for f in clip.frames] == list(range(24))


def test_repeated_time_stamps_leave_the_length(clip_of):
    clip = clip_of("a12_dup_ts.webm", rate_hz=10)

    assert clip.source.frame_count == 48
    assert clip.source.duration_s == pytest.approx(3.33, abs=0.01)
    assert number_in(clip.frames[10]) in (19, 20)
    assert [number_in(f) for f in clip.frames] == clip.indices.tolist()
    assert len(clip.notes) == 1


def test_a_transport_stream_is_read_whatever_its_name(clip_of):
    clip = clip_of("a16_ts_named.mp4")

    assert clip.source.container == "ts"
    assert [number_in(f) for f in clip.frames] == list(range(24))
    assert clip.notes == ()


def test_hdr_of_a_phone_has_its_colors(clip_of):
    frame = clip_of("a18_hlg_iphone.mov").frames[0].astype(int)
    height, width = frame.shape[:2]

    assert np.abs(frame[height // 5 + 4, 8] - (220, 30, 30)).max() <= 8
    assert np.abs(frame[height // 2, width // 2] - 240).max() <= 8


def test_a_slide_is_shown_until_the_next(clip_of):
    clip = clip_of("a19_slides.mp4", rate_hz=1)

    assert [number_in(f) for f in clip.frames] == [0] * 5 + [1] * 5 + [2] * 5
    assert number_in(clip_of("a19_slides.mp4", start_s=4.9, frames=1).frames[0]) == 0


@pytest.mark.parametrize("start_s", [0.0, 1.03, 2.5])
@pytest.mark.parametrize("rate_hz", [60.0, 7.0, 2.0])
def test_frames_behind_open_groups_are_those_asked_for(clip_of, start_s, rate_hz):
    clip = clip_of("a20_hevc_opengop60.mp4", rate_hz=rate_hz, start_s=start_s)

    assert clip.source.frame_count == 240
    assert [number_in(f) for f in clip.frames] == (clip.indices % 256).tolist()
    assert [number_in(f) for f in clip.next_frames] == (clip.next_indices % 256).tolist()
    shown = np.floor((start_s + np.arange(len(clip)) / rate_hz) * 60 + 1e-3)
    assert clip.indices.tolist() == shown.tolist()
