"""A file is called damaged only when something of it is lost; trims, fragments and repeats are no damage."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from fixviz.errors import UnreadableVideo
from fixviz.media.decode import decode_clip
from fixviz.media.decord_frames import decord_installed
from tests.media.drawn_videos import FPS, FRAMES, number_in, write_video


def copy_video(
    source: Path, target: Path, options: dict[str, str] | None = None, delay: int = 0
) -> Path:
    """Copy the packets of a video into another file, `delay` ticks later."""
    with av.open(str(source)) as old, av.open(str(target), "w", options=options or {}) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.pts, packet.dts = packet.pts + delay, packet.dts + delay
                packet.stream = stream
                new.mux(packet)
    return target


def test_what_an_edit_list_leaves_out_is_not_lost(tmp_path, settings):
    video = write_video(tmp_path / "whole.mp4", options={"g": "60", "bf": "2"})
    with av.open(str(video)) as container:
        ticks = round(1 / (FPS * container.streams.video[0].time_base))
    # Times below 0 become an edit list that starts in the middle of a group of pictures.
    trimmed = copy_video(video, tmp_path / "trimmed.mp4", delay=-20 * ticks)
    clip = decode_clip(trimmed, rate_hz=FPS, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(20, FRAMES))
    assert clip.indices.tolist() == list(range(FRAMES - 20))
    assert clip.source.frame_count == FRAMES - 20
    assert clip.notes == ()
    if decord_installed():
        # decord counts what the edit list leaves out, so its numbers are not those of the film.
        with pytest.raises(UnreadableVideo, match="decord finds 41 frames, the file holds 21"):
            decode_clip(trimmed, settings=settings, decoder="decord")


@pytest.mark.parametrize(
    "flags",
    ["frag_keyframe+empty_moov", "frag_keyframe", "frag_every_frame+empty_moov+default_base_moof"],
)
def test_fragments_are_no_damage(tmp_path, settings, flags):
    video = write_video(tmp_path / "whole.mp4", options={"g": "8"})
    fragments = copy_video(video, tmp_path / "fragments.mp4", {"movflags": flags})
    clip = decode_clip(fragments, rate_hz=FPS, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(FRAMES))
    assert clip.source.duration_s == pytest.approx(FRAMES / FPS, abs=0.05)
    assert clip.notes == ()


def write_avi(path: Path, pictures: list[bytes]) -> Path:
    """An AVI of JPEG pictures; an empty one repeats the picture before it."""
    frames, index, height, width = b"", b"", 62, 106
    for picture in pictures:
        flags = 0x10 if picture else 0
        index += b"00dc" + struct.pack("<III", flags, 4 + len(frames), len(picture))
        frames += b"00dc" + struct.pack("<I", len(picture)) + picture + b"\0" * (len(picture) % 2)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content

    rate, count = 10, len(pictures)
    main = struct.pack("<14I", 100_000, 0, 0, 0x10, count, 0, 1, 0, width, height, 0, 0, 0, 0)
    stream = struct.pack("<4s4sIIIIIIIIiI", b"vids", b"MJPG", 0, 0, 0, 1, rate, 0, count, 0, -1, 0)
    stream += struct.pack("<4H", 0, 0, width, height)
    form = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    streams = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    headers = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + streams)
    movie = chunk(b"LIST", b"movi" + frames)
    path.write_bytes(chunk(b"RIFF", b"AVI " + headers + movie + chunk(b"idx1", index)))
    return path


def jpegs(folder: Path, count: int) -> list[bytes]:
    """`count` numbered pictures as JPEG."""
    video = write_video(folder / "pictures.mkv", "mjpeg", "yuvj420p", frames=count, fps=10)
    with av.open(str(video)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_empty_frames_of_an_avi_repeat_the_one_before(tmp_path, settings):
    pictures = jpegs(tmp_path, 9)
    for k in (3, 4, 8):
        pictures[k] = b""
    clip = decode_clip(write_avi(tmp_path / "repeats.avi", pictures), rate_hz=10, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == [0, 1, 2, 2, 2, 5, 6, 7, 7]
    assert clip.source.duration_s == pytest.approx(0.9)
    assert clip.notes == ()


def test_an_avi_without_its_index_has_all_its_frames(tmp_path, settings):
    video = write_avi(tmp_path / "index.avi", jpegs(tmp_path, 9))
    data = video.read_bytes()
    video.write_bytes(data[: data.rindex(b"idx1")])
    clip = decode_clip(video, rate_hz=10, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(9))
    assert clip.notes == ()


def test_a_damaged_frame_of_an_avi_does_not_shift_the_others(tmp_path, settings):
    pictures = jpegs(tmp_path, 9)
    pictures[4] = b"\xff\xd8" + bytes(len(pictures[4]) - 2)
    clip = decode_clip(write_avi(tmp_path / "damaged.avi", pictures), rate_hz=10, settings=settings)

    assert clip.indices.tolist() in ([0, 1, 2, 3, 3, 5, 6, 7, 8], [0, 1, 2, 3, 5, 5, 6, 7, 8])
    assert [number_in(frame) for frame in clip.frames] == clip.indices.tolist()
    assert "1 of the 9 frames" in clip.notes[0]


def test_an_avi_that_was_written_to_a_pipe_promises_no_length(tmp_path, settings):
    video = write_avi(tmp_path / "pipe.avi", jpegs(tmp_path, 9))
    data = bytearray(video.read_bytes())
    # What FFmpeg writes before it knows better, and cannot go back to change.
    data[4:8] = b"\xff\xff\xff\xff"
    header = data.index(b"strh") + 8
    data[header + 32 : header + 36] = (1 << 30).to_bytes(4, "little")
    video.write_bytes(data)
    clip = decode_clip(video, rate_hz=10, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(9))
    assert clip.source.duration_s == pytest.approx(0.9)
    assert clip.notes == ()


def test_a_trim_between_two_frames_repeats_none(tmp_path, settings):
    video = write_video(tmp_path / "whole.mp4", options={"g": "60", "bf": "2"})
    with av.open(str(video)) as container:
        ticks = round(1 / (FPS * container.streams.video[0].time_base))
    trimmed = copy_video(video, tmp_path / "trimmed.mp4", delay=-20 * ticks - ticks // 4)
    clip = decode_clip(trimmed, rate_hz=FPS, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(21, FRAMES))
    assert clip.source.duration_s == pytest.approx(20 / FPS, abs=0.002)


def test_an_edit_list_that_starts_empty_adds_nothing_to_the_end(tmp_path, settings):
    video = write_video(tmp_path / "empty.mp4", options={"g": "60", "bf": "0"})
    data = video.read_bytes()
    place = data.index(b"elst") - 4
    old = data[place : place + int.from_bytes(data[place : place + 4], "big")]
    with av.open(str(video)) as container:
        ticks = round(1 / (FPS * container.streams.video[0].time_base))
    # Half a second of nothing, then 0.5 s from frame 20 on; the film's index lies behind its frames.
    edits = struct.pack(">IiIIiI", 500, -1, 0x10000, 500, 20 * ticks, 0x10000)
    new = struct.pack(">I4sII", 16 + len(edits), b"elst", 0, 2) + edits
    longer = bytearray(data[:place] + new + data[place + len(old) :])
    for name in (b"edts", b"trak", b"moov"):
        k = longer.index(name) - 4
        size = int.from_bytes(longer[k : k + 4], "big") + len(new) - len(old)
        longer[k : k + 4] = size.to_bytes(4, "big")
    video.write_bytes(longer)
    clip = decode_clip(video, rate_hz=FPS, settings=settings)

    assert clip.source.duration_s == pytest.approx(0.5, abs=0.002)
    assert [number_in(frame) for frame in clip.frames] == list(range(20, 32))
    assert clip.notes == ()


def test_a_wrong_duration_of_all_frames_does_not_count(tmp_path, settings):
    video = write_video(tmp_path / "default.mkv")
    data = bytearray(video.read_bytes())
    place = data.index(b"\x23\xe3\x83") + 3  # the element DefaultDuration, in nanoseconds
    length = data[place] & 0x7F
    data[place + 1 : place + 1 + length] = (100_000_000).to_bytes(length, "big")
    video.write_bytes(data)
    clip = decode_clip(video, rate_hz=FPS, settings=settings)

    assert clip.source.duration_s == pytest.approx(FRAMES / FPS, abs=0.003)
    assert clip.source.fps == pytest.approx(FPS, rel=0.002)
    assert [number_in(frame) for frame in clip.frames[:FRAMES]] == list(range(FRAMES))


def test_a_picture_that_stands_still_until_the_end_is_no_loss(tmp_path, settings):
    times = [0, 100, 200, 300]
    video = write_video(tmp_path / "still.mkv", frames=4, milliseconds=times)
    data = bytearray(video.read_bytes())
    place = data.index(b"\x44\x89\x88")  # the element Duration, 8 bytes
    data[place + 3 : place + 11] = struct.pack(">d", 7300.0)
    video.write_bytes(data)
    clip = decode_clip(video, rate_hz=1, settings=settings)

    assert clip.source.duration_s == pytest.approx(7.3)
    assert [number_in(frame) for frame in clip.frames] == [0, 3, 3, 3, 3, 3, 3, 3]
    assert clip.notes == ()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_sound_that_goes_on_is_no_damage(tmp_path, settings, suffix):
    codec = "mpeg4" if suffix == "avi" else "libx264"
    with av.open(
        str(tmp_path / f"sound.{suffix}"), "w", format="mpegts" if suffix == "ts" else None
    ) as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width, stream.pix_fmt = 62, 106, "yuv420p"
        sound = container.add_stream("mp2", rate=16000)
        from tests.media.drawn_videos import drawn_frame

        for k in range(20):
            frame = av.VideoFrame.from_ndarray(drawn_frame(k), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for start in range(0, 5 * 16000, 1152):
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, 1152), np.int16), format="s16", layout="mono"
            )
            silence.sample_rate, silence.pts = 16000, start
            container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    clip = decode_clip(tmp_path / f"sound.{suffix}", rate_hz=10, settings=settings)

    assert clip.source.duration_s == pytest.approx(2.0, abs=0.05)
    assert [number_in(frame) for frame in clip.frames] == list(range(20))
    assert clip.notes == ()


def test_two_recordings_in_one_stream_follow_each_other(tmp_path, settings):
    part = write_video(tmp_path / "part.ts", format="mpegts", options={"g": "12", "bf": "2"})
    (tmp_path / "both.ts").write_bytes(part.read_bytes() * 2)
    clip = decode_clip(tmp_path / "both.ts", rate_hz=FPS, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == [*range(FRAMES), *range(FRAMES)]
    assert clip.source.duration_s == pytest.approx(2 * FRAMES / FPS, abs=0.05)
    assert len(clip.notes) == 1
    assert "the time stamps of 1 frame are missing or wrong" in clip.notes[0]


def test_short_recordings_in_one_stream_follow_each_other_too(tmp_path, settings):
    part = write_video(tmp_path / "part.ts", frames=9, format="mpegts", options={"bf": "2"})
    (tmp_path / "three.ts").write_bytes(part.read_bytes() * 3)
    clip = decode_clip(tmp_path / "three.ts", rate_hz=FPS, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == [*range(9)] * 3
    assert clip.source.duration_s == pytest.approx(27 / FPS, abs=0.05)


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
def test_a_repeated_time_stamp_moves_nothing_else(tmp_path, settings, suffix):
    times = [40 * k for k in range(40)]
    times[7], times[23] = times[6], times[22]
    codec = "libvpx" if suffix == "webm" else "mjpeg"
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    with av.open(str(tmp_path / f"times.{suffix}"), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = 62, 106, pix_fmt
        from tests.media.drawn_videos import drawn_frame

        packets: list[av.Packet] = []
        for k in range(40):
            packets += stream.encode(av.VideoFrame.from_ndarray(drawn_frame(k), format="rgb24"))
        packets += stream.encode(None)
        for packet, time in zip(packets, times, strict=True):
            packet.pts = packet.dts = round(time / 1000 / packet.time_base)
            container.mux(packet)
    clip = decode_clip(tmp_path / f"times.{suffix}", rate_hz=25, settings=settings)

    assert [number_in(frame) for frame in clip.frames] == list(range(40))
    assert clip.timestamps == pytest.approx(np.arange(40) / 25, abs=2e-3)
    assert clip.source.duration_s == pytest.approx(1.6, abs=0.05)
    assert len(clip.notes) == 1
    assert "the time stamps of 2 frames are missing or wrong" in clip.notes[0]


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("mp4", {"movflags": "+faststart"}), ("mkv", {}), ("avi", {}), ("flv", {}), ("wmv", {})],
)
def test_what_is_cut_off_is_said(tmp_path, settings, suffix, options):
    whole = write_video(tmp_path / f"whole.{suffix}", options={"g": "6", "bf": "0"})
    if options:
        whole = copy_video(whole, tmp_path / f"copy.{suffix}", options)
    data = whole.read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(data[: len(data) * 2 // 3])

    assert decode_clip(whole, rate_hz=FPS, settings=settings).notes == ()
    clip = decode_clip(tmp_path / f"cut.{suffix}", rate_hz=FPS, settings=settings)
    assert 5 < len(clip) < 41
    assert [number_in(frame) for frame in clip.frames] == clip.indices.tolist()
    # FFmpeg corrects what an AVI or WMV says of its length by the bytes that are there.
    told = {
        "avi": "is cut off or damaged: it should last",
        "wmv": "is damaged: not all of its frames are in the file",
    }
    assert told.get(suffix, "is cut off or damaged: it should last 1.7 s") in clip.notes[0]
