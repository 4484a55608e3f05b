"""The codecs that the documentation names are decoded; all others are refused by name, in one sentence."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from fixviz.errors import UnreadableVideo
from fixviz.media.codecs import CODEC_NAMES, DECODER_NAMES, VIDEO_CODECS
from fixviz.media.decode import decode_clip, read_info

DOCUMENTED = {
    "avi": ["ffvhuff", "huffyuv", "mpeg4", "msmpeg4v2", "msmpeg4", "rawvideo", "utvideo", "wmv1", "wmv2"],
    "flv": ["flv"],
    "mkv": ["ffv1", "libx264", "libx265", "libvpx", "libvpx-vp9", "libsvtav1", "mpeg1video", "mpeg2video"],
    "mov": ["cfhd", "h263", "jpeg2000", "png", "prores_ks", "qtrle", "v210"],
    "gif": ["gif"],
}  # fmt: skip
EXOTIC = {
    "avi": ["amv", "asv1", "asv2", "cinepak", "cljr", "dpx", "flashsv", "h261", "jpegls", "magicyuv", "snow",
            "speedhq", "zlib"],
    "mov": ["dxv", "exr", "sgi", "tiff", "r210", "svq1", "targa", "yuv4"],
}  # fmt: skip


def can_encode(name: str) -> bool:
    try:
        return av.Codec(name, "w").type == "video"
    except (av.codec.codec.UnknownCodecError, ValueError):
        return False


def encoders(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, kind) for kind, names in table.items() for name in names if can_encode(name)]


def write(path: Path, encoder: str) -> Path:
    """Five frames of 144 x 176, in whatever format of pixels the encoder takes; skipped where it cannot."""
    formats = [f.name for f in av.Codec(encoder, "w").video_formats or ()]
    wanted = ("yuv420p", "yuvj420p", "yuv422p", "yuv422p10le", "rgb24", "rgb8")
    pix_fmt = next((f for f in wanted if f in formats), formats[0] if formats else "yuv420p")
    try:
        with av.open(str(path), "w") as container:
            stream = container.add_stream(encoder, rate=25)
            stream.width, stream.height, stream.pix_fmt = 176, 144, pix_fmt
            if encoder in ("avui", "snow", "vc2", "jpegls"):
                stream.codec_context.options = {"strict": "-2"}
            for k in range(5):
                picture = np.full((144, 176, 3), 40 * k, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        pytest.skip(f"this FFmpeg cannot write it: {error}")
    return path


@pytest.mark.parametrize(("encoder", "kind"), encoders(DOCUMENTED))
def test_what_the_documentation_names_is_decoded(tmp_path, settings, encoder, kind) -> None:
    clip = decode_clip(write(tmp_path / f"a.{kind}", encoder), rate_hz=25, settings=settings)
    assert clip.source.codec in CODEC_NAMES
    assert len(clip) >= 4 and clip.source.height == 144


@pytest.mark.parametrize(("encoder", "kind"), encoders(EXOTIC))
def test_what_it_does_not_name_is_refused_with_the_codecs_name(tmp_path, settings, encoder, kind):
    path = write(tmp_path / f"a.{kind}", encoder)
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec.canonical_name
    assert codec not in CODEC_NAMES
    with pytest.raises(UnreadableVideo) as refused:
        read_info(path, settings)
    assert str(refused.value) == (
        f"'a.{kind}' uses the video codec {codec}, which is not read here; convert it to H.264 mp4."
    )


def test_enough_of_both_kinds_can_be_written_here() -> None:
    assert len(encoders(DOCUMENTED)) >= 15 and len(encoders(EXOTIC)) >= 15


def test_each_codec_of_the_table_has_a_decoder_that_may_start() -> None:
    started = {av.Codec(name, "r").canonical_name for name in DECODER_NAMES if known(name)}
    assert started >= CODEC_NAMES
    assert len(CODEC_NAMES) == sum(len(row.names) for row in VIDEO_CODECS), "each once"


def known(name: str) -> bool:
    return name in av.codecs_available and av.Codec(name, "r").is_decoder
