"""Each frame is the one that its index says, whatever the codec, the order of frames and the container.

Both decoders are held against the numbers drawn into the pictures, in the order in which FFmpeg shows them.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fixviz.errors import UnreadableVideo
from fixviz.media import pyav_frames
from fixviz.media.containers import container_named
from fixviz.media.decode import decode_clip, inspect_video
from fixviz.media.decord_frames import decord_installed
from fixviz.settings import Settings
from tests.media.drawn_videos import FPS, number_in, write_video

FRAMES = 61
X264 = "keyint=13:min-keyint=13:scenecut=0"
STREAMS = {
    "h264 closed": ("libx264", {"x264-params": X264, "bf": "3"}),
    "h264 open": ("libx264", {"x264-params": f"{X264}:open-gop=1:bframes=3:b-pyramid=normal"}),
    "h264 no b": ("libx264", {"x264-params": X264, "bf": "0"}),
    "h264 refresh": ("libx264", {"x264-params": "keyint=12:intra-refresh=1:bframes=0"}),
    "hevc open": ("libx265", {"x265-params": "keyint=13:log-level=none"}),
    "hevc closed": ("libx265", {"x265-params": "keyint=13:open-gop=0:log-level=none"}),
    "mpeg4 b": ("mpeg4", {"bf": "2", "g": "13"}),
    "mpeg4 no b": ("mpeg4", {"bf": "0", "g": "13"}),
    "mpeg2 b": ("mpeg2video", {"bf": "2", "g": "13"}),
    "vp8 hidden": ("libvpx", {"auto-alt-ref": "1", "lag-in-frames": "10", "g": "13"}),
    "vp9 hidden": ("libvpx-vp9", {"lag-in-frames": "10", "g": "13", "cpu-used": "8"}),
    "mjpeg": ("mjpeg", {}),
    "wmv": ("wmv2", {"g": "13"}),
    "flv": ("flv", {"g": "13"}),
}
CONTAINERS = {
    **dict.fromkeys(
        ["h264 closed", "h264 open", "h264 no b", "h264 refresh"], "mp4 mov mkv avi ts flv"
    ),
    **dict.fromkeys(["hevc open", "hevc closed"], "mp4 mkv ts"),
    **dict.fromkeys(["mpeg4 b", "mpeg4 no b"], "mp4 m4v mkv avi 3gp ts"),
    "mpeg2 b": "mpg ts mkv vob",
    "vp8 hidden": "webm mkv",
    "vp9 hidden": "webm mp4",
    "mjpeg": "avi mov",
    "wmv": "wmv asf",
    "flv": "flv",
}
FORMATS = {"ts": "mpegts", "m4v": "mp4", "vob": "vob", "wmv": "asf"}
CASES = [(stream, suffix) for stream, suffixes in CONTAINERS.items() for suffix in suffixes.split()]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} in {case[1]}")
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    stream, suffix = request.param
    codec, options = STREAMS[stream]
    return write_video(
        tmp_path_factory.mktemp("streams") / f"video.{suffix}",
        codec,
        "yuvj420p" if codec == "mjpeg" else "yuv420p",
        frames=FRAMES,
        options=options,
        fps=25 if codec == "mpeg2video" else FPS,
        format=FORMATS.get(suffix),
    )


def frames_in_ffmpegs_order(video: Path) -> list[int]:
    with av.open(str(video)) as container:
        return [number_in(f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


@hypothesis_settings(max_examples=7)
@given(
    rate_hz=st.sampled_from([0.9, 3.0, 8.0, 60.0]), start_s=st.sampled_from([0.0, 0.35, 1.1, 2.2])
)
def test_each_frame_is_the_one_that_its_index_says(video, rate_hz, start_s):
    settings = Settings(home=video.parent)
    clip = decode_clip(video, rate_hz=rate_hz, start_s=start_s, settings=settings)

    assert clip.source.frame_count == FRAMES
    assert clip.source.decoder == "pyav"
    assert [number_in(f) for f in clip.frames] == clip.indices.tolist()
    assert [number_in(f) for f in clip.next_frames] == clip.next_indices.tolist()
    times = start_s + np.arange(len(clip)) / rate_hz
    assert (clip.timestamps <= times + 2e-3).all()
    assert (clip.timestamps > times - 1 / clip.source.fps - 2e-3).all()
    assert clip.notes == ()


def test_all_frames_come_in_ffmpegs_order_from_both_decoders(video):
    settings = Settings(home=video.parent)
    expected = frames_in_ffmpegs_order(video)
    clip = decode_clip(video, rate_hz=30, settings=settings)

    assert expected == list(range(FRAMES))
    assert sorted(set(clip.indices.tolist())) == expected
    if not decord_installed() or not container_named(video.suffix[1:]).by_decord:
        return
    try:
        other = decode_clip(video, rate_hz=30, settings=settings, decoder="decord")
    except UnreadableVideo as error:
        assert "cannot be decoded with decord" in str(error)
        return
    assert [number_in(f) for f in other.frames] == clip.indices.tolist()
    np.testing.assert_array_equal(other.indices, clip.indices)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("stream", ["h264 open", "hevc open", "mpeg4 b"])
def test_a_late_frame_is_reached_from_its_keyframe(tmp_path, monkeypatch, stream, suffix):
    codec, options = STREAMS[stream]
    video = tmp_path / f"long.{suffix}"
    write_video(video, codec, frames=61, options=options, format=FORMATS.get(suffix))
    decoded = []
    original = pyav_frames._decoded

    def counted(*args):
        for one in original(*args):
            decoded.append(one[0])
            yield one

    settings = Settings(home=tmp_path)
    inspect_video(video, settings)
    monkeypatch.setattr(pyav_frames, "_decoded", counted)
    clip = decode_clip(video, start_s=57 / FPS, frames=1, settings=settings, next_frames=False)

    assert number_in(clip.frames[0]) == 57
    # one for the look at the first frame, and those of the last groups of 13
    assert 5 <= len(decoded) <= 30


def test_what_only_claims_to_be_a_keyframe_is_no_place_to_start(tmp_path, settings):
    video = write_video(tmp_path / "video.mp4", "mpeg4", frames=61, options={"g": "60", "bf": "0"})
    with av.open(str(video)) as source, av.open(str(tmp_path / "keys.mp4"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.is_keyframe, packet.stream = True, stream
                target.mux(packet)
    clip = decode_clip(tmp_path / "keys.mp4", start_s=40 / FPS, frames=1, settings=settings)
    first = decode_clip(video, start_s=40 / FPS, frames=1, settings=settings)

    assert number_in(clip.frames[0]) == 40
    np.testing.assert_array_equal(clip.frames, first.frames)
    np.testing.assert_array_equal(clip.next_frames, first.next_frames)


@pytest.mark.parametrize("below_zero", [False, True])
@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_pictures_that_need_what_was_cut_away_are_no_damage(tmp_path, settings, suffix, below_zero):
    whole = write_video(
        tmp_path / "whole.mp4",
        "libx265",
        frames=61,
        options={"x265-params": "keyint=13:min-keyint=13:bframes=4:log-level=none"},
    )
    with av.open(str(whole)) as source:
        packets = [p for p in source.demux(video=0) if p.size]
        first = [k for k, p in enumerate(packets) if p.is_keyframe][2]
        shift = packets[first].pts if below_zero else packets[first].dts
        cut, how = str(tmp_path / f"cut.{suffix}"), {"avoid_negative_ts": "disabled"}
        with av.open(cut, "w", format=FORMATS.get(suffix), options=how) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in packets[first:]:
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = stream
                target.mux(packet)
    clip = decode_clip(tmp_path / f"cut.{suffix}", rate_hz=24, settings=settings)

    assert [number_in(f) for f in clip.frames] == list(range(26, 61))
    assert clip.indices.tolist() == list(range(35))
    assert clip.timestamps == pytest.approx(np.arange(35) / 24, abs=2e-3)
    assert clip.notes == ()


@pytest.mark.parametrize("stream", ["h264 closed", "mpeg4 b"])
def test_frames_that_only_say_when_they_are_decoded_are_put_in_order(tmp_path, settings, stream):
    codec, options = STREAMS[stream]
    video = write_video(tmp_path / "order.mp4", codec, options=options, frames=FRAMES)
    copied = tmp_path / "copied.mp4"
    with av.open(str(video)) as old, av.open(str(copied), "w") as new:
        target = new.add_stream_from_template(old.streams.video[0])
        packets = [packet for packet in old.demux(video=0) if packet.size]
        start = packets[0].dts
        for packet in packets:
            # As a copy out of AVI does, which knows no other times.
            packet.pts = packet.dts = packet.dts - start
            packet.stream = target
            new.mux(packet)
    clip = decode_clip(copied, rate_hz=FPS, settings=settings)

    assert [number_in(f) for f in clip.frames] == list(range(FRAMES))
    assert clip.indices.tolist() == list(range(FRAMES))
    assert clip.notes == ()


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("h264", "libx264", {"x264-params": X264, "bf": "3"}),
        ("hevc", "libx265", {"x265-params": "keyint=13:log-level=none"}),
    ],
)
def test_a_stream_without_container_has_the_rate_that_it_states(
    tmp_path, settings, suffix, codec, options
):
    video = write_video(
        tmp_path / f"bare.{suffix}", codec, options=options, frames=FRAMES, fps=50, format=suffix
    )
    clip = decode_clip(video, rate_hz=50, settings=settings)

    assert clip.source.fps == pytest.approx(50)
    assert clip.source.duration_s == pytest.approx(FRAMES / 50)
    assert [number_in(f) for f in clip.frames] == list(range(FRAMES))
