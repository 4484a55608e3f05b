"""Frames into files: H.264 video that browsers play, and single images."""

from __future__ import annotations

import os
import secrets
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError, StorageError
from fixviz.media.files import safe_name

_BT709 = 1
_VIDEO_RANGE = 1
_SMALLEST_SIDE = 16
_IMAGE_QUALITY = {
    "webp": cv2.IMWRITE_WEBP_QUALITY,
    "jpeg": cv2.IMWRITE_JPEG_QUALITY,
    "png": None,
}


def encode_mp4(path: str | os.PathLike[str], frames: NDArray[np.uint8], fps: float) -> None:
    """Write frames [N, H, W, 3] RGB as H.264 High, yuv420p, BT.709, index first (faststart).

    An odd width or height gets its last column or row twice, since 4:2:0 stores color for pairs
    of pixels; a side below 16 pixels is filled up to 16 in the same way, the least that every
    player takes. The file appears under its name when it is complete, or not at all.
    Raises StorageError when it cannot be written, OptionError for no frames or no rate.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"frames must be uint8 [N, H, W, 3], not {frames.dtype} {frames.shape}")
    if frames.size == 0:
        raise OptionError("There are no frames to encode; give one or more.")
    if not 0 < fps <= 1000:
        raise OptionError(f"The frame rate is {fps} Hz; it must be above 0 and at most 1000.")
    target = Path(path).absolute()
    temporary = target.with_name(f".{secrets.token_hex(8)}.mp4")
    try:
        _write_mp4(temporary, frames, Fraction(fps).limit_denominator(10_000))
        temporary.replace(target)
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"'{safe_name(path)}' could not be written ({reason}); "
            "check the folder, its permissions and the free space."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def encode_image(frame: NDArray[np.uint8], format: str = "webp", quality: int = 85) -> bytes:
    """Encode a frame [H, W, 3] RGB as the bytes of a webp, jpeg or png image.

    `quality` 1..100 is for webp and jpeg; webp above 100 is lossless. Raises OptionError for
    another format.
    """
    if format not in _IMAGE_QUALITY:
        raise OptionError(f"There is no image format {format!r}; use {', '.join(_IMAGE_QUALITY)}.")
    flag = _IMAGE_QUALITY[format]
    options = [] if flag is None else [flag, quality]
    done, data = cv2.imencode(f".{format}", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise StorageError(f"The frame could not be encoded as {format}.")
    return data.tobytes()


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Read what `encode_image` wrote: RGB [H, W, 3]. Raises StorageError for anything else."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise StorageError(
            "A stored picture is damaged; delete the run and analyze the clip again."
        )
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _write_mp4(path: Path, frames: NDArray[np.uint8], fps: Fraction) -> None:
    height, width = (max(_SMALLEST_SIDE, side + side % 2) for side in frames.shape[1:3])
    padding = ((0, height - frames.shape[1]), (0, width - frames.shape[2]), (0, 0))
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(
            "libx264", rate=fps, options={"preset": "veryfast", "crf": "18", "profile": "high"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # Without these marks players guess the colors' standard from the size of the picture.
        stream.codec_context.colorspace = _BT709
        stream.codec_context.color_primaries = _BT709
        stream.codec_context.color_trc = _BT709
        stream.codec_context.color_range = _VIDEO_RANGE
        for rgb in frames:
            padded = np.pad(rgb, padding, mode="edge")
            frame = av.VideoFrame.from_ndarray(padded, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=_BT709, dst_color_range=_VIDEO_RANGE
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
