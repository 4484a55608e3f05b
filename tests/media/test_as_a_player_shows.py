"""Frames come as a player shows them: upright, in square pixels, in the colors of a normal screen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fixviz.errors import OptionError
from fixviz.media.decode import decode_clip
from fixviz.media.decord_frames import decord_installed
from tests.media.drawn_videos import HEIGHT, WIDTH, drawn_frame, number_in, write_video

DECODERS = [
    "auto",
    pytest.param(
        "decord",
        marks=pytest.mark.skipif(not decord_installed(), reason="decord has no wheel here"),
    ),
]


# Matroska stores no mirroring.
@pytest.mark.parametrize(
    ("suffix", "mirrored"),
    [("mp4", False), ("mp4", True), ("mov", False), ("mov", True), ("mkv", False)],
)
@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
@pytest.mark.parametrize("decoder", DECODERS)
def test_all_eight_orientations_come_upright(
    tmp_path, settings, suffix, mirrored, clockwise, decoder
):
    def lay(stream):
        # FFmpeg turns counterclockwise, and mirrors after that.
        turned = clockwise if mirrored else -clockwise
        stream.set_display_rotation(turned, hflip=mirrored)

    video = write_video(tmp_path / f"laid.{suffix}", frames=5, prepare=lay)
    clip = decode_clip(video, rate_hz=24, settings=settings, decoder=decoder)

    for number, frame in enumerate(clip.frames):
        stored = drawn_frame(number)
        expected = np.rot90(stored[:, ::-1] if mirrored else stored, -clockwise // 90)
        assert frame.shape == expected.shape
        assert np.abs(frame.astype(int) - expected).mean() < 12
    info = clip.source
    assert (info.rotation, info.mirrored, info.decoder) == (
        clockwise,
        mirrored,
        "decord" if decoder == "decord" else "pyav",
    )
    assert (info.height, info.width) == clip.frames.shape[1:3]


def disc(number: int, height: int, width: int) -> np.ndarray:
    """A disc that is round once every pixel is twice as wide as high."""
    y, x = np.mgrid[:height, :width]
    inside = (y - height / 2) ** 2 + (2 * (x - width / 2)) ** 2 < 40**2
    return np.where(inside[..., None], 235, 20).astype(np.uint8).repeat(3, -1)


def extent(frame: np.ndarray) -> tuple[int, int]:
    """(height, width) of what is bright."""
    bright = frame.mean(-1) > 128
    return int(bright.any(1).sum()), int(bright.any(0).sum())


@pytest.mark.parametrize(("suffix", "clockwise"), [("mp4", 0), ("mp4", 90), ("mkv", 0), ("mpg", 0)])
def test_circles_stay_circles(tmp_path, settings, suffix, clockwise):
    def stretch(stream):
        # MPEG-2 states the aspect of the whole picture: 16:9.
        stream.sample_aspect_ratio = Fraction(2) if suffix != "mpg" else Fraction(16, 9) / 2
        if clockwise:
            stream.set_display_rotation(-clockwise)

    codec = "mpeg2video" if suffix == "mpg" else "libx264"
    size = (96, 64) if suffix != "mpg" else (96, 192)
    video = write_video(
        tmp_path / f"wide.{suffix}", codec, frames=3, size=size, fps=25, prepare=stretch, draw=disc
    )
    clip = decode_clip(video, settings=settings)

    height, width = extent(clip.frames[0])
    stretched = 2 if suffix != "mpg" else 8 / 9
    assert clip.source.pixel_aspect == pytest.approx(stretched, rel=0.01)
    assert clip.frames.shape[1:3] == (clip.source.height, clip.source.width)
    if suffix == "mpg":
        assert (clip.source.height, clip.source.width) == (108, 192)
        assert height / width == pytest.approx(2 * 9 / 8, rel=0.08)
    else:
        assert sorted(clip.frames.shape[1:3]) == [96, 128]
        assert height == pytest.approx(width, abs=3)


def test_a_crop_of_stretched_pixels_is_taken_where_it_is_seen(tmp_path, settings):
    def stretch(stream):
        stream.sample_aspect_ratio = Fraction(2)

    video = write_video(tmp_path / "wide.mp4", frames=2, size=(96, 64), prepare=stretch, draw=disc)
    whole = decode_clip(video, settings=settings).frames[0].astype(int)
    part = decode_clip(video, settings=settings, crop=(20, 10, 60, 70)).frames[0]

    assert part.shape[:2] == (70, 60)
    assert np.abs(whole[10:80, 20:80] - part).mean() < 4
    with pytest.raises(OptionError, match="does not lie inside the picture of 128 x 96"):
        decode_clip(video, settings=settings, crop=(100, 0, 40, 40))


def test_pixels_of_no_camera_count_as_square(tmp_path, settings):
    def stretch(stream):
        stream.sample_aspect_ratio = Fraction(500)

    video = write_video(tmp_path / "odd.mp4", frames=2, prepare=stretch)

    assert decode_clip(video, settings=settings).frames.shape[1:3] == (HEIGHT, WIDTH)


def hlg(nits: np.ndarray) -> np.ndarray:
    """Signal (0 to 1) of light on a screen of 1000 nits, [..., 3] in BT.2020: ITU-R BT.2100, inverted."""
    light = nits / 1000
    luminance = np.maximum(light @ [0.2627, 0.6780, 0.0593], 1e-9)[..., None]
    scene = light * luminance ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    dark = scene <= 1 / 12
    return np.where(dark, np.sqrt(3 * scene), a * np.log(np.where(dark, 1, 12 * scene - b)) + c)


def pq(nits: np.ndarray) -> np.ndarray:
    """Signal (0 to 1) of light: SMPTE ST 2084, inverted."""
    power = (nits / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


SHOWN = {
    "red": (220, 30, 30),
    "green": (30, 200, 30),
    "gray": (90, 90, 90),
    "white": (240, 240, 240),
}
"""Colors of a normal screen, which HDR video states as light."""


def in_hdr(transfer, number: int, height: int, width: int) -> np.ndarray:
    """Four columns, one a color, as 16-bit signal of HDR video."""
    from_bt709 = np.array(
        [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    )
    light = (np.array(list(SHOWN.values())) / 255) ** 2.4 * 203
    signal = transfer(light @ from_bt709.T).clip(0, 1)
    columns = np.repeat(np.round(signal * 65535), width // 4, axis=0)
    return np.broadcast_to(columns, (height, width, 3)).astype(np.uint16)


@pytest.mark.parametrize(("name", "transfer", "number"), [("HLG", hlg, 18), ("PQ", pq, 16)])
def test_hdr_video_has_the_colors_that_it_states(tmp_path, settings, name, transfer, number):
    def color(stream):
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = number, 9, 9

    def bt2020(k, height, width):
        """The picture as YUV with the matrix of BT.2020, 10 bits, limited range."""
        r, g, b = np.moveaxis(in_hdr(transfer, k, height, width) / 65535, -1, 0)
        y = 0.2627 * r + 0.6780 * g + 0.0593 * b
        planes = 64 + 876 * y, 512 + 896 * (b - y) / 1.8814, 512 + 896 * (r - y) / 1.4746
        return np.round(np.stack(planes)).astype(np.uint16)

    with av.open(str(tmp_path / "hdr.mov"), "w") as container:
        stream = container.add_stream(
            "libx265", rate=10, options={"x265-params": "log-level=0:lossless=1"}
        )
        stream.height, stream.width, stream.pix_fmt = 64, 128, "yuv444p10le"
        color(stream)
        for k in range(3):
            frame = av.VideoFrame(128, 64, "yuv444p10le")
            for plane, values in zip(frame.planes, bt2020(k, 64, 128), strict=True):
                rows = np.zeros((64, plane.line_size // 2), np.uint16)
                rows[:, :128] = values
                plane.update(rows.tobytes())
            frame.color_trc, frame.color_primaries, frame.colorspace = number, 9, 9
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    clip = decode_clip(tmp_path / "hdr.mov", settings=settings)

    for column, color in enumerate(SHOWN.values()):
        seen = clip.frames[0][32, 16 + 32 * column].astype(int)
        # Ten bits, and what swscale rounds, are up to 8 levels in the darkest channel of a bright color.
        assert np.abs(seen - color).max() <= 8
    assert len(clip.notes) == 1
    assert f"is an HDR video ({name})" in clip.notes[0]


def test_light_brighter_than_white_keeps_its_hue():
    from fixviz.media.light import Light

    signal = np.round(pq(np.array([[[900.0, 300.0, 300.0]]])) * 65535).astype(np.uint16)
    red, green, blue = Light(16, 1).for_screen(signal)[0, 0].astype(int)

    assert red >= 250
    assert green == blue
    # a third of the light, on a screen of gamma 2.4
    assert green == pytest.approx(red * (1 / 3) ** (1 / 2.4), abs=2)


def half_clear(number: int, height: int, width: int) -> np.ndarray:
    """Red on the left, half transparent red in the middle, nothing on the right."""
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 0] = 200
    picture[..., 3] = np.repeat([255, 128, 0], width // 3)
    return picture


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("clear.mov", "qtrle", "argb"),
        ("png.mov", "png", "rgba"),
        ("clear.webm", "libvpx-vp9", "yuva420p"),
    ],
)
def test_what_is_transparent_shows_a_neutral_ground(tmp_path, settings, name, codec, pix_fmt):
    options = {"auto-alt-ref": "0"} if "vpx" in codec else {}
    video = write_video(
        tmp_path / name,
        codec,
        pix_fmt,
        frames=3,
        size=(48, 96),
        options=options,
        draw=half_clear,
        pixels="rgba",
    )
    frame = decode_clip(video, settings=settings).frames[0].astype(int)

    for column, color in ((16, (200, 0, 0)), (48, (164, 64, 64)), (80, (128, 128, 128))):
        assert np.abs(frame[24, column] - color).max() <= 6


def test_the_transparent_part_of_a_gif_shows_a_neutral_ground(tmp_path, settings):
    from PIL import Image

    picture = Image.fromarray(half_clear(0, 48, 96), "RGBA")
    other = Image.fromarray(half_clear(0, 48, 96)[:, ::-1].copy(), "RGBA")
    picture.save(
        tmp_path / "clear.gif", save_all=True, append_images=[other], duration=100, disposal=2
    )
    frame = decode_clip(tmp_path / "clear.gif", settings=settings).frames[0].astype(int)

    assert np.abs(frame[24, 80] - 128).max() <= 2
    assert np.abs(frame[24, 16] - (200, 0, 0)).max() <= 6


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
def test_a_slide_is_on_screen_until_the_next_one(tmp_path, settings, suffix):
    codec = "libvpx" if suffix == "webm" else "libx264"
    times = [0, 5000, 10000, 12000]
    video = write_video(tmp_path / f"slides.{suffix}", codec, frames=4, milliseconds=times)
    clip = decode_clip(video, rate_hz=0.7, settings=settings)

    shown = [number_in(frame) for frame in clip.frames]
    assert shown == [sum(t <= k / 0.7 * 1000 for t in times) - 1 for k in range(len(clip))]
    assert shown == clip.indices.tolist()
    assert {0, 1, 2} <= set(shown)
    late = decode_clip(video, start_s=4.9, frames=1, settings=settings)
    assert number_in(late.frames[0]) == 0
    assert clip.notes == ()


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
def test_colors_follow_the_matrix_that_the_file_states(tmp_path: Path, settings, matrix):
    number = {"bt709": 1, "smpte170m": 6}[matrix]
    luma = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114)}[matrix]
    red = np.array((220, 30, 30)) / 255
    y = luma[0] * red[0] + (1 - sum(luma)) * red[1] + luma[1] * red[2]
    levels = (
        16 + 219 * y,
        128 + 112 * (red[2] - y) / (1 - luma[1]),
        128 + 112 * (red[0] - y) / (1 - luma[0]),
    )
    with av.open(str(tmp_path / "red.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"qp": "1"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.codec_context.colorspace = number
        frame = av.VideoFrame(64, 48, "yuv420p")
        for plane, level in zip(frame.planes, levels, strict=True):
            plane.update(bytes([round(level)]) * plane.buffer_size)
        frame.colorspace = number
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seen = decode_clip(tmp_path / "red.mp4", settings=settings).frames[0][24, 32].astype(int)

    assert np.abs(seen - (220, 30, 30)).max() <= 3
