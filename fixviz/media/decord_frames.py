"""Frames by decord, for sound files in the formats that it reads exactly as PyAV does.

decord is installed on x86-64 Linux and Windows only. What was measured with decord 0.6:
- it turns frames upright itself; it cannot open GIF or AV1;
- AVI: its timestamps are garbage and, with B-frames, seeking ends at the wrong frame;
- 8-bit 4:2:0, 4:2:2 and 4:4:4 video of even size comes out bit for bit as from PyAV. For odd sizes
  and deeper samples its older swscale interpolates color differently (a mean of 2 to 3 levels of
  255 on saturated test patterns), so those go to PyAV unless decord is asked for by name;
- damaged files can make it repeat frames, miscount, or hang for ever: those go to PyAV too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from fixviz.media.clip import VideoInfo
from fixviz.media.pyav_frames import Picture, decoder_threads

_CONTAINERS = ("mp4", "mov", "mkv", "webm")
_CODECS = ("h264", "hevc", "mpeg4", "vp8", "vp9")
_PIXEL_FORMATS = ("yuv420p", "yuvj420p", "yuv422p", "yuv444p")
_BATCH_BYTES = 64 * 2**20
# Any damaged frame is an error: by default decord fills in copies of other frames in silence.
_NO_DAMAGE = 1e-9


class DecordFailed(Exception):
    """decord could not deliver the frames; PyAV may still."""


def decord_installed() -> bool:
    """Whether decord can be imported (without importing it)."""
    return find_spec("decord") is not None


def decord_reads(container: str, codec: str) -> bool:
    """Whether decord opens this kind of file and finds the right frames in it."""
    return container in _CONTAINERS and codec in _CODECS


def decord_is_exact(pixel_format: str, width: int, height: int) -> bool:
    """Whether decord's colors are those of PyAV, bit for bit. Sizes of the stored frame."""
    return pixel_format in _PIXEL_FORMATS and width % 2 == 0 and height % 2 == 0


def decord_frames(path: Path, wanted: Sequence[int], info: VideoInfo) -> Iterator[Picture]:
    """The frames `wanted` (ascending, each once) of the file that `info` describes.

    Raises DecordFailed.
    """
    try:
        import decord

        decord.logging.set_level(decord.logging.QUIET)
        reader = decord.VideoReader(str(path), num_threads=decoder_threads(), fault_tol=_NO_DAMAGE)
        found = len(reader)
    except Exception as error:  # decord raises OSError, RuntimeError, AssertionError and its own
        raise DecordFailed("decord cannot open the file") from error
    if found != info.frame_count:
        raise DecordFailed(f"decord finds {found} frames, the file holds {info.frame_count}")
    size = max(1, _BATCH_BYTES // (info.height * info.width * 3))
    for start in range(0, len(wanted), size):
        part = list(wanted[start : start + size])
        try:
            frames = reader.get_batch(part).asnumpy()
        except Exception as error:
            raise DecordFailed("decord cannot decode the frames") from error
        if frames.shape != (len(part), info.height, info.width, 3):
            raise DecordFailed(f"decord delivers frames of shape {frames.shape[1:]}")
        for index, rgb in zip(part, frames, strict=True):
            yield Picture(index, index, rgb)
