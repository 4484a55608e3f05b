"""Bad input gets one clear sentence, and what still decodes of a damaged file is used."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from fixviz.errors import MediaError, OptionError, UnreadableVideo, VideoTooLarge
from fixviz.media.decode import decode_clip, read_info
from fixviz.media.files import safe_name
from fixviz.settings import Settings
from tests.media.drawn_videos import FPS, number_in, write_sound, write_video


def refused(path: Path, settings: Settings, kind: type[MediaError] = UnreadableVideo) -> str:
    """The message with which both ways of opening a file refuse it."""
    with pytest.raises(kind) as one:
        decode_clip(path, settings=settings)
    with pytest.raises(kind) as other:
        read_info(path, settings)
    message = str(one.value)
    assert message == str(other.value)
    assert safe_name(path) in message
    assert message.endswith((".", ")."))
    assert "\n" not in message
    assert str(path.parent) not in message
    return message


def test_empty_file(tmp_path, settings):
    (tmp_path / "empty.mp4").touch()
    assert "is empty (0 bytes)" in refused(tmp_path / "empty.mp4", settings)


def test_text_renamed_to_mp4(tmp_path, settings):
    (tmp_path / "text.mp4").write_text("hello\n" * 700)
    assert "is not a video that can be read" in refused(tmp_path / "text.mp4", settings)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n", "is a playlist without the video itself"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "is a JPEG picture"),
        (b"RIFF\x24\x08\0\0WAVEfmt ", "is a sound file (WAV)"),
        (b"RIFF\x24\x08\0\0WEBPVP8 ", "is a WebP picture"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "is a web page"),
        (b".RMF\0\0\0\x12", "is a RealMedia file"),
        (b"DKIF\0\0\x20\0VP80", "is an IVF file"),
        (b"YUV4MPEG2 W192 H108 F24:1\nFRAME\n", "is a Y4M file"),
        (b"nut/multimedia container\0", "is a NUT file"),
        (b"CWS\x0a\0\0", "is a Flash animation"),
    ],
)
def test_what_is_no_video_is_named(tmp_path, settings, head, what):
    (tmp_path / "other.mp4").write_bytes(head + b"\0" * 2000)
    assert what in refused(tmp_path / "other.mp4", settings)


def test_missing_file(tmp_path, settings):
    assert "There is no file" in refused(tmp_path / "nowhere.mp4", settings)


def test_folder(tmp_path, settings):
    assert "is a folder" in refused(tmp_path, settings)


def test_device(settings):
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero on this system")
    assert "is a device" in refused(Path("/dev/zero"), settings)


def test_path_with_a_zero_byte(settings):
    with pytest.raises(UnreadableVideo, match="not a usable path"):
        decode_clip("a\0b.mp4", settings=settings)


@pytest.mark.skipif(os.name == "nt", reason="permissions work differently there")
def test_file_that_may_not_be_read(drawn_mp4, tmp_path_factory, settings):
    folder = tmp_path_factory.getbasetemp().parent
    video = folder / f"private-{os.getpid()}.mp4"
    video.write_bytes(drawn_mp4.read_bytes())
    video.chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        message = refused(video, settings)
    finally:
        if root:
            os.seteuid(0)
        video.unlink()
    assert "may not be read by this user" in message


def test_sound_only(tmp_path, settings):
    assert "only sound" in refused(write_sound(tmp_path / "song.mp4"), settings)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_no_frames(tmp_path, settings, suffix):
    video = write_video(tmp_path / f"none.{suffix}", frames=0)
    refused(video, settings)


def test_mp4_cut_off_before_its_index(drawn_mp4, tmp_path, settings):
    data = drawn_mp4.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert "cut off or damaged" in refused(tmp_path / "cut.mp4", settings)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "avi", "gif"])
def test_the_rest_of_a_cut_off_file_is_used_and_said(tmp_path, settings, suffix):
    codec, pix_fmt = {
        "webm": ("libvpx-vp9", "yuv420p"),
        "gif": ("gif", "rgb8"),
        "avi": ("mpeg4", "yuv420p"),
    }.get(suffix, ("libx264", "yuv420p"))
    options = {"movflags": "+faststart", "g": "8"} if suffix == "mp4" else {"g": "8"}
    video = write_cut_off(tmp_path / f"cut.{suffix}", codec, pix_fmt, options)

    clip = decode_clip(video, rate_hz=10, settings=settings)
    assert 1 <= len(clip) < 17
    assert [number_in(f) for f in clip.frames] == clip.indices.tolist()
    assert clip.end_s <= clip.source.duration_s
    if suffix != "gif":  # a GIF does not say how long it should be
        assert len(clip.notes) >= 1
        assert all("damaged" in note for note in clip.notes)


def write_cut_off(path: Path, codec: str, pix_fmt: str, options: dict[str, str]) -> Path:
    import av

    from tests.media.drawn_videos import drawn_frame

    container_options = {k: v for k, v in options.items() if k == "movflags"}
    with av.open(str(path), "w", options=container_options) as container:
        stream = container.add_stream(codec, rate=20, options={"g": options["g"]})
        stream.height, stream.width, stream.pix_fmt = 62, 106, pix_fmt
        for k in range(37):
            frame = av.VideoFrame.from_ndarray(drawn_frame(k), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.8)])
    return path


def test_bit_flips_end_in_frames_or_in_one_sentence(drawn_mp4, tmp_path, settings):
    data = drawn_mp4.read_bytes()
    outcomes = {"frames": 0, "sentence": 0}
    for seed in range(23):
        flips = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(flips.choice([1, 5, 50])):
            damaged[flips.randrange(40, len(damaged))] ^= 1 << flips.randrange(8)
        video = tmp_path / f"flipped{seed}.mp4"
        video.write_bytes(damaged)
        try:
            clip = decode_clip(video, settings=settings, decoder="pyav")
        except MediaError as error:
            assert video.name in str(error)
            outcomes["sentence"] += 1
        else:
            assert len(clip.frames) == len(clip.timestamps) >= 1
            outcomes["frames"] += 1
    assert min(outcomes.values()) > 0


def with_emptied_frames(video: Path, emptied: tuple[int, ...]) -> Path:
    """A video of 9 frames, each a JPEG of its own: emptying some leaves the others whole."""
    write_video(video, "mjpeg", "yuvj420p", frames=9, fps=10)
    data = bytearray(video.read_bytes())
    starts = [k for k in range(len(data)) if data[k : k + 3] == b"\xff\xd8\xff"]
    for k in emptied:
        end = data.index(b"\xff\xd9", starts[k])
        data[starts[k] : end] = bytes(end - starts[k])
    video.write_bytes(data)
    return video


def test_damaged_frames_are_replaced_and_said(tmp_path, settings):
    clip = decode_clip(
        with_emptied_frames(tmp_path / "mjpeg.mkv", (4,)), rate_hz=10, settings=settings
    )

    assert len(clip) == 9
    assert clip.indices[4] in (3, 5)
    assert [number_in(f) for f in clip.frames] == clip.indices.tolist()
    assert "1 of the 9 frames" in clip.notes[0]
    # a damaged frame has no neighbor and is none: the one before it is compared with the one behind it
    assert clip.next_indices.tolist() == [1, 2, 3, 5, clip.indices[4], 6, 7, 8, 7]


def with_broken_packet(video: Path, number: int) -> Path:
    """A video of three groups of 8 frames, all bytes of one of its packets overwritten."""
    import av

    write_video(video, frames=24, options={"g": "8", "bf": "2", "sc_threshold": "0"})
    with av.open(str(video)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    place, size = packets[number]
    data = bytearray(video.read_bytes())
    data[place + 4 : place + size] = b"\x55" * (size - 4)
    video.write_bytes(data)
    return video


@pytest.mark.parametrize(("broken", "lost"), [(0, range(8)), (8, range(8, 16))])
def test_what_a_lost_keyframe_takes_along_is_replaced_and_said(tmp_path, settings, broken, lost):
    video = with_broken_packet(tmp_path / "key.mp4", broken)
    clip = decode_clip(video, rate_hz=FPS, settings=settings)

    assert len(clip) == 24
    assert [number_in(frame) for frame in clip.frames] == clip.indices.tolist()
    assert not set(clip.indices.tolist()) & set(lost)
    # The decoder may drop the picture before the broken packet, too.
    assert clip.notes[0].startswith(("8 of the 24 frames", "9 of the 24 frames"))


def test_colors_that_cannot_be_converted_are_one_sentence(tmp_path, settings):
    video = write_video(
        tmp_path / "ycgco.mp4", frames=3, options={"x264-params": "colormatrix=ycgco"}
    )
    with pytest.raises(UnreadableVideo, match=r"'ycgco\.mp4' states its colors"):
        decode_clip(video, settings=settings)


def test_what_stands_in_for_a_damaged_frame_is_no_neighbor(tmp_path, settings):
    video = with_emptied_frames(tmp_path / "mjpeg.mkv", (4, 5))
    clip = decode_clip(video, rate_hz=10, settings=settings)
    assert clip.next_indices.tolist() == [1, 2, 3, 3, clip.indices[4], clip.indices[5], 7, 8, 7]


def test_file_size_limit(drawn_mp4, tmp_path, settings):
    video = tmp_path / "huge.mp4"
    video.write_bytes(drawn_mp4.read_bytes())
    os.truncate(video, 201 * 10**6)
    assert "the limit is 200 MB" in refused(video, settings, VideoTooLarge)


def test_ten_hours_are_refused_at_once(tmp_path, settings):
    video = write_video(tmp_path / "long.mp4", frames=2, milliseconds=[0, 36_000_000])
    started = time.process_time()
    assert "the limit is 600 s" in refused(video, settings, VideoTooLarge)
    assert time.process_time() - started < 2


def test_sixteen_thousand_pixels_wide_are_refused_at_once(tmp_path, settings):
    video = write_video(tmp_path / "wide.gif", "gif", "rgb8", frames=3, fps=10)
    data = bytearray(video.read_bytes())
    data[6:10] = (16384).to_bytes(2, "little") + (1000).to_bytes(2, "little")
    video.write_bytes(data)
    started = time.process_time()
    assert "16384 x 1000 pixels" in refused(video, settings, VideoTooLarge)
    assert time.process_time() - started < 2


def test_limits_come_from_the_settings(drawn_mp4, tmp_path):
    assert "106 x 62" in refused(drawn_mp4, Settings(home=tmp_path, max_pixels=6000), VideoTooLarge)
    assert "limit is 1 s" in refused(
        drawn_mp4, Settings(home=tmp_path, max_seconds=1), VideoTooLarge
    )
    clip = decode_clip(drawn_mp4, rate_hz=24, settings=Settings(home=tmp_path, max_frames=13))
    assert (len(clip), clip.truncated) == (13, True)
    assert clip.end_s == pytest.approx(13 / 24)
    assert clip.requested_end_s == pytest.approx(41 / 24, abs=1e-3)


def test_unknown_decoder(drawn_mp4, settings):
    with pytest.raises(OptionError, match="use auto, decord or pyav"):
        decode_clip(drawn_mp4, settings=settings, decoder="magic")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/b/clip.mp4", "clip.mp4"),
        ("C:\\films\\clip.mp4", "clip.mp4"),
        ("two\nlines\x1b[31m.mp4", "twolines[31m.mp4"),
        ("reversed\u202e4pm.exe", "reversed4pm.exe"),
        ("\n", "unnamed"),
        ("a" * 300 + ".mp4", "a" * 75 + "….mp4"),
    ],
)
def test_names_are_made_safe(path, name):
    assert safe_name(path) == name
