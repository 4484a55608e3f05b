"""Every format gives the right frames at the right times, from both decoders."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from fixviz.errors import OptionError
from fixviz.media import encode_mp4
from fixviz.media.decode import decode_clip, read_info
from fixviz.media.decord_frames import decord_installed
from fixviz.settings import Settings
from tests.media.drawn_videos import FPS, FRAMES, HEIGHT, WIDTH, drawn_frame, number_in, write_video

FORMATS = {
    "plain.mp4": ("libx264", "yuv420p", {}),
    "plain.mov": ("libx264", "yuv420p", {}),
    "b_frames.mkv": ("libx264", "yuv420p", {"bf": "3", "g": "7"}),
    "full_range.mp4": ("libx264", "yuvj420p", {}),
    "hevc.mp4": ("libx265", "yuv420p", {"x265-params": "log-level=none"}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "vp8.webm": ("libvpx", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "16"}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"bf": "2"}),
    "h264.avi": ("libx264", "yuv420p", {}),
    "animation.gif": ("gif", "rgb8", {}),
}
EXACT = [
    "plain.mp4",
    "plain.mov",
    "b_frames.mkv",
    "full_range.mp4",
    "hevc.mp4",
    "vp9.webm",
    "vp8.webm",
]
"""Formats whose pictures decord decodes to the same bytes."""

needs_decord = pytest.mark.skipif(not decord_installed(), reason="decord has no wheel here")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("formats")
    return {
        name: write_video(
            folder / name, codec, pix_fmt, options=options, fps=20 if codec == "gif" else FPS
        )
        for name, (codec, pix_fmt, options) in FORMATS.items()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_each_sampled_frame_is_the_one_its_index_says(videos, name, settings):
    clip = decode_clip(videos[name], rate_hz=7, settings=settings)

    fps = 20 if name.endswith("gif") else FPS
    assert clip.source.frame_count == FRAMES
    assert clip.source.fps == pytest.approx(fps, rel=1e-3)
    assert clip.source.duration_s == pytest.approx(FRAMES / fps, abs=2e-3)
    assert clip.source.container == Path(name).suffix[1:]
    assert [number_in(frame) for frame in clip.frames] == clip.indices.tolist()
    np.testing.assert_allclose(clip.timestamps, clip.indices / fps, atol=1e-3)
    shown = np.floor(np.arange(len(clip)) / 7 * fps + 0.02)
    assert clip.indices.tolist() == shown.tolist()
    assert clip.notes == ()


@pytest.mark.parametrize("name", FORMATS)
def test_frames_from_the_middle_are_found(videos, name, settings):
    clip = decode_clip(videos[name], rate_hz=11, start_s=1.0, end_s=1.5, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == clip.indices.tolist()
    assert clip.timestamps[0] == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", FORMATS)
def test_each_frame_comes_with_the_native_frame_that_follows(videos, name, settings):
    clip = decode_clip(videos[name], rate_hz=7, start_s=0.5, settings=settings)
    end = decode_clip(videos[name], rate_hz=40, start_s=1.5, settings=settings)

    assert clip.next_indices.tolist() == (clip.indices + 1).tolist()
    assert clip.next_frames.shape == clip.frames.shape
    assert [number_in(frame) for frame in clip.next_frames] == clip.next_indices.tolist()
    # The last frame has none behind it, so the one before stands there.
    assert end.indices[-1] == FRAMES - 1
    assert end.next_indices[-1] == FRAMES - 2
    assert number_in(end.next_frames[-1]) == FRAMES - 2


@needs_decord
@pytest.mark.parametrize("name", EXACT)
def test_both_decoders_give_the_same_bytes(videos, name, settings):
    pyav = decode_clip(videos[name], settings=settings, decoder="pyav")
    decord = decode_clip(videos[name], settings=settings, decoder="decord")

    assert (pyav.source.decoder, decord.source.decoder) == ("pyav", "decord")
    for field in ("frames", "indices", "timestamps", "next_frames", "next_indices"):
        np.testing.assert_array_equal(getattr(pyav, field), getattr(decord, field))


@needs_decord
@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "size"),
    [
        ("ten_bit.mp4", "libx264", "yuv420p10le", (HEIGHT, WIDTH)),
        ("odd.webm", "libvpx-vp9", "yuv420p", (61, 103)),
    ],
)
def test_decord_interpolates_color_of_odd_sizes_and_deep_samples_differently(
    tmp_path, settings, name, codec, pix_fmt, size
):
    # Its swscale is of 2018; the color of 4:2:0 pixels between samples is a matter of version.
    video = write_video(tmp_path / name, codec, pix_fmt, size=size)

    auto = decode_clip(video, settings=settings)
    decord = decode_clip(video, settings=settings, decoder="decord")

    assert auto.frames.shape[1:3] == size
    assert np.abs(auto.frames.astype(int) - decord.frames).mean() < 3
    np.testing.assert_array_equal(auto.indices, decord.indices)


@pytest.mark.parametrize("name", ["animation.gif", "mpeg4.avi"])
def test_decord_is_refused_where_it_cannot_read(videos, name, settings):
    assert decode_clip(videos[name], settings=settings).source.decoder == "pyav"
    with pytest.raises(OptionError, match="use the decoder auto or pyav"):
        decode_clip(videos[name], settings=settings, decoder="decord")


def test_without_decord_pyav_reads_everything(drawn_mp4, settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "decord", None)

    assert decode_clip(drawn_mp4, settings=settings).source.decoder == "pyav"
    with pytest.raises(OptionError, match="not installed here"):
        decode_clip(drawn_mp4, settings=settings, decoder="decord")


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("decoder", ["pyav", pytest.param("decord", marks=needs_decord)])
def test_variable_frame_rate_follows_the_timestamps(tmp_path, settings, suffix, decoder):
    times = [int(20 * k**1.3) for k in range(37)]
    video = write_video(tmp_path / f"variable.{suffix}", frames=37, milliseconds=times)
    clip = decode_clip(video, rate_hz=5, settings=settings, decoder=decoder)

    native = np.array(times) / 1000
    expected = [int((native <= k / 5 + 1e-3).sum()) - 1 for k in range(len(clip))]
    assert clip.indices.tolist() == expected
    assert [number_in(frame) for frame in clip.frames] == expected
    np.testing.assert_allclose(clip.timestamps, native[expected], atol=1e-3)


def test_time_zero_is_the_first_frame(tmp_path, settings):
    times = [5000 + 40 * k for k in range(7)]
    video = write_video(tmp_path / "late.mkv", frames=7, milliseconds=times)

    clip = decode_clip(video, rate_hz=25, settings=settings)

    assert clip.timestamps[0] == 0
    assert clip.source.duration_s == pytest.approx(0.28, abs=0.02)


@pytest.mark.parametrize(
    ("hundredths", "shown_s"), [(0, 0.1), (1, 0.1), (2, 0.02), (5, 0.05), (30, 0.3)]
)
def test_a_gif_runs_as_in_a_browser(tmp_path, settings, hundredths, shown_s):
    video = write_video(tmp_path / "fast.gif", "gif", "rgb8", frames=7, fps=20)
    data = bytearray(video.read_bytes())
    place = 0
    for _ in range(7):
        place = data.index(b"\x21\xf9\x04", place) + 4  # the extension with the delay
        data[place : place + 2] = hundredths.to_bytes(2, "little")
    video.write_bytes(data)
    clip = decode_clip(video, rate_hz=1 / shown_s, settings=settings)

    assert clip.source.duration_s == pytest.approx(7 * shown_s)
    assert clip.timestamps == pytest.approx(shown_s * np.arange(7))
    assert [number_in(frame) for frame in clip.frames] == list(range(7))


def test_a_rate_above_the_video_repeats_frames(tmp_path, settings):
    video = write_video(tmp_path / "slow.mp4", frames=3, fps=5)

    clip = decode_clip(video, rate_hz=10, settings=settings)

    assert clip.indices.tolist() == [0, 0, 1, 1, 2, 2]


def test_one_frame_is_enough(tmp_path, settings):
    clip = decode_clip(write_video(tmp_path / "one.mp4", frames=1), settings=settings)

    assert clip.indices.tolist() == [0]
    assert clip.timestamps.tolist() == [0.0]
    assert clip.next_indices.tolist() == [0]
    np.testing.assert_array_equal(clip.next_frames, clip.frames)


def test_repeats_of_a_frame_are_passed_over_where_the_second_next_differs(tmp_path, settings):
    shown = np.stack([drawn_frame(k) for k in (0, 0, 1, 1, 1, 2)])
    encode_mp4(tmp_path / "repeats.mp4", shown, 8)

    clip = decode_clip(tmp_path / "repeats.mp4", rate_hz=8, settings=settings)

    # frame 2 is followed by two repeats; the last one has only those before it
    assert clip.next_indices.tolist() == [2, 2, 3, 5, 5, 4]


def test_who_needs_no_motion_gets_the_sampled_frames_only(drawn_mp4, settings):
    with_next = decode_clip(drawn_mp4, settings=settings)
    alone = decode_clip(drawn_mp4, settings=settings, next_frames=False)

    assert alone.next_frames is None
    assert alone.next_indices is None
    np.testing.assert_array_equal(alone.frames, with_next.frames)


def test_large_frames_are_kept_small(tmp_path, settings):
    video = write_video(tmp_path / "large.mp4", frames=2, size=(722, 1018))

    clip = decode_clip(video, settings=settings)

    assert clip.frames.shape[1:3] == (360, 508)
    assert (clip.source.height, clip.source.width) == (722, 1018)


def test_a_crop_is_taken_in_native_pixels(drawn_mp4, settings):
    whole = decode_clip(drawn_mp4, settings=settings)
    part = decode_clip(drawn_mp4, settings=settings, crop=(7, 11, 53, 29))

    np.testing.assert_array_equal(part.frames, whole.frames[:, 11:40, 7:60])
    np.testing.assert_array_equal(part.next_frames, whole.next_frames[:, 11:40, 7:60])
    with pytest.raises(OptionError, match="does not lie inside the picture of 106 x 62"):
        decode_clip(drawn_mp4, settings=settings, crop=(60, 0, 53, 29))


def test_far_apart_frames_are_reached_by_seeking(tmp_path, settings):
    video = write_video(tmp_path / "long.mp4", frames=61, fps=5, options={"g": "10", "bf": "0"})
    clip = decode_clip(video, rate_hz=0.25, settings=settings, decoder="pyav")

    assert clip.indices.tolist() == [0, 20, 40, 60]
    assert [number_in(frame) for frame in clip.frames] == [0, 20, 40, 60]


def test_the_hash_is_that_of_the_content(drawn_mp4, tmp_path, settings):
    copy = tmp_path / "other name.mp4"
    copy.write_bytes(drawn_mp4.read_bytes())

    assert read_info(copy, settings).sha256 == read_info(drawn_mp4, settings).sha256


REAL = {
    "demo.mp4": (280, 28.0, 10.0, 256, 427, 0),  # 340 stored pixels, each 64:51 wide
    "flipping_a_pancake.mkv": (310, 30.0, 10.333, 240, 426, 0),
    "test.avi": (164, 25.0, 6.56, 240, 320, 0),
    "video_90.mov": (3, 30.0, 0.1, 568, 320, 90),
}


@pytest.mark.parametrize("name", REAL)
def test_real_clips(real_videos: Path, name: str, settings: Settings):
    frames, fps, duration, height, width, rotation = REAL[name]
    clip = decode_clip(real_videos / name, settings=settings, decoder="pyav")

    info = clip.source
    assert (info.frame_count, info.height, info.width) == (frames, height, width)
    assert info.rotation == rotation
    assert (info.fps, info.duration_s) == pytest.approx((fps, duration), rel=1e-3)
    assert np.all(np.diff(clip.timestamps) > 0) or frames == 3
    if decord_installed() and name != "test.avi":
        other = decode_clip(real_videos / name, settings=settings, decoder="decord")
        np.testing.assert_array_equal(clip.frames, other.frames)
        np.testing.assert_array_equal(clip.next_frames, other.next_frames)
        np.testing.assert_array_equal(clip.timestamps, other.timestamps)
