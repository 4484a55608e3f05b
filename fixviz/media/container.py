"""What the header of a video file says, held against the limits before anything is allocated for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.completeness import is_unfinished
from fixviz.media.containers import container_name, container_of
from fixviz.media.files import safe_name
from fixviz.settings import Settings

FASTEST_HZ = 1000.0
"""No video has more frames per second than this."""


@dataclass(frozen=True)
class Header:
    """The container's claims. Sizes in stored pixels, before rotation; None where it says nothing."""

    name: str
    container: str
    codec: str
    width: int
    height: int
    pixel_aspect: Fraction | None
    """Width over height of a pixel."""
    fps: float | None
    duration_s: float | None
    """How long the video itself lasts."""


def read_header(
    path: Path, container: InputContainer, stream: VideoStream, settings: Settings
) -> Header:
    """Read what the header of an opened file says; no value is above the limits in `settings`.

    Raises VideoTooLarge when a claim is above a limit, UnreadableVideo when there is no picture.
    """
    name = safe_name(path)
    width, height = stream.codec_context.width, stream.codec_context.height
    if width < 1 or height < 1:
        raise UnreadableVideo(
            f"'{name}' states no usable picture size; convert it to H.264 mp4 and try again."
        )
    check_pixels(name, width, height, settings)
    row = container_of(container.format.name)
    whole_s = ((container.duration or 0) - max(0, container.start_time or 0)) / av.time_base
    own_s = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    )
    if is_unfinished(path, row.demuxer):
        whole_s = own_s = 0.0
    check_seconds(name, max(whole_s, own_s), settings)
    # Beside sound or subtitles, the length of the whole is not that of the video.
    stated = own_s or (whole_s if len(container.streams) == 1 else 0.0)
    rate = stream.average_rate or stream.guessed_rate
    return Header(
        name=name,
        container=container_name(path, row),
        codec=stream.codec.canonical_name,
        width=width,
        height=height,
        pixel_aspect=stream.sample_aspect_ratio or None,
        fps=float(rate) if rate and 0 < rate <= FASTEST_HZ else None,
        duration_s=stated if stated > 0 else None,
    )


def check_pixels(name: str, width: int, height: int, settings: Settings) -> None:
    """Raise VideoTooLarge when a frame has more pixels than allowed."""
    if width * height > settings.max_pixels:
        raise VideoTooLarge(
            f"'{name}' has frames of {width} x {height} pixels, the limit is "
            f"{settings.max_pixels / 1e6:.1f} million pixels; scale it down first "
            "(or raise FIXVIZ_MAX_PIXELS)."
        )


def check_seconds(name: str, seconds: float, settings: Settings) -> None:
    """Raise VideoTooLarge when a video lasts longer than allowed."""
    if seconds > settings.max_seconds:
        raise VideoTooLarge(
            f"'{name}' lasts {seconds:.0f} s, the limit is {settings.max_seconds:.0f} s; "
            "cut the part that matters (or raise FIXVIZ_MAX_SECONDS)."
        )
