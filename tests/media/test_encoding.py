"""What is written plays in a browser, and is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fixviz.errors import OptionError, StorageError
from fixviz.media import encode_image, encode_mp4
from fixviz.media.decode import decode_clip
from tests.media.drawn_videos import drawn_frame, number_in


def drawn(count: int, height: int = 62, width: int = 106) -> np.ndarray:
    return np.stack([drawn_frame(k, height, width) for k in range(count)])


def test_frames_come_back_as_they_were(tmp_path, settings):
    frames = drawn(23)
    encode_mp4(tmp_path / "out.mp4", frames, fps=7.5)
    clip = decode_clip(tmp_path / "out.mp4", rate_hz=7.5, settings=settings)

    assert clip.source.fps == pytest.approx(7.5)
    assert [number_in(frame) for frame in clip.frames] == list(range(23))
    assert np.abs(clip.frames.astype(int) - frames).mean() < 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]


def test_the_form_that_browsers_play(tmp_path):
    encode_mp4(tmp_path / "out.mp4", drawn(5), fps=8)
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.profile == "High"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.colorspace == 1
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_odd_sizes_gain_a_copy_of_their_last_row_and_column(tmp_path, settings):
    frames = drawn(3, 61, 103)
    encode_mp4(tmp_path / "odd.mp4", frames, fps=8)
    clip = decode_clip(tmp_path / "odd.mp4", settings=settings)

    assert clip.frames.shape == (3, 62, 104, 3)
    assert np.abs(clip.frames[:, :61, :103].astype(int) - frames).mean() < 4
    assert np.abs(clip.frames[:, 61].astype(int) - clip.frames[:, 60]).mean() < 4


@pytest.mark.parametrize("size", [(1, 1), (3, 29)])
def test_tiny_frames_are_filled_up(tmp_path, settings, size):
    encode_mp4(tmp_path / "tiny.mp4", np.full((2, *size, 3), 200, np.uint8), fps=8)
    clip = decode_clip(tmp_path / "tiny.mp4", settings=settings)

    assert min(clip.frames.shape[1:3]) == 16
    assert np.abs(clip.frames.astype(int) - 200).max() < 5


def test_nothing_half_written_stays_behind(tmp_path):
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(StorageError, match=r"'out.mp4' could not be written"):
        encode_mp4(tmp_path / "out.mp4", drawn(3), fps=8)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]
    with pytest.raises(StorageError, match="could not be written"):
        encode_mp4(tmp_path / "no folder" / "out.mp4", drawn(3), fps=8)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    # The temporary file becomes a link to the device that is always full.
    monkeypatch.setattr("secrets.token_hex", lambda _: "temporary")
    (tmp_path / ".temporary.mp4").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="free space"):
        encode_mp4(tmp_path / "out.mp4", drawn(31), fps=8)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_is_replaced(tmp_path):
    (tmp_path / "out.mp4").write_text("old")
    encode_mp4(tmp_path / "out.mp4", drawn(2), fps=8)
    assert (tmp_path / "out.mp4").stat().st_size > 500


def test_nothing_to_encode(tmp_path):
    with pytest.raises(OptionError, match="no frames"):
        encode_mp4(tmp_path / "out.mp4", np.zeros((0, 8, 8, 3), np.uint8), fps=8)
    with pytest.raises(OptionError, match="frame rate"):
        encode_mp4(tmp_path / "out.mp4", drawn(2), fps=0)


@pytest.mark.parametrize(
    ("format", "start"), [("webp", b"RIFF"), ("jpeg", b"\xff\xd8"), ("png", b"\x89PNG")]
)
def test_images_keep_their_colors(format, start):
    frame = drawn_frame(5)
    data = encode_image(frame, format)
    back = cv2.cvtColor(
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB
    )

    assert data.startswith(start)
    assert np.abs(back.astype(int) - frame).mean() < (1e-9 if format == "png" else 6)


def test_unknown_image_format():
    with pytest.raises(OptionError, match="use webp, jpeg, png"):
        encode_image(drawn_frame(1), "bmp")
