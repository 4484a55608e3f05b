"""What a video file says about itself, read from its container without decoding its pictures.

Two steps: the header, whose claims are held against the limits before anything is allocated for
them, and the frame table: one entry per frame that is really in the file, from its packets. Both
decoders work from this one table, which is why they agree on frame numbers and timestamps.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.files import FORMATS, safe_name
from fixviz.settings import Settings

# Without the lists a "video" could be a playlist that makes ffmpeg open other files or addresses.
_OPEN_OPTIONS = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif",
    "protocol_whitelist": "file",
}
_FASTEST_HZ = 1000.0
_VP8_SHOWN = 0x10


@dataclass(frozen=True)
class Header:
    """The container's claims. Sizes in stored pixels, before rotation; None where it says nothing."""

    name: str
    container: str
    codec: str
    width: int
    height: int
    fps: float | None
    duration_s: float | None
    frame_count: int | None


@dataclass(frozen=True, eq=False)
class FrameTable:
    """The frames of a file in the order in which they are shown."""

    timestamps: NDArray[np.float64]
    """[F] seconds, ascending, the first one 0."""
    pts: NDArray[np.int64] | None
    """[F] timestamps in the stream's own unit; None when frames have to be counted instead."""
    keyframes: NDArray[np.int64]
    """[K] numbers of the frames at which decoding can start, ascending."""
    fps: float
    duration_s: float
    whole: bool
    """The packets are all there and undamaged as far as the container can tell."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; raises UnreadableVideo when there is none."""
    name = safe_name(path)
    try:
        container = av.open(str(path), options=_OPEN_OPTIONS)
    except (av.FFmpegError, ValueError, OSError):
        raise UnreadableVideo(
            f"'{name}' is not a video that can be read, or it is cut off or damaged; use a "
            f"complete {FORMATS} file."
        ) from None
    with container:
        if not container.streams.video:
            what = "only sound" if container.streams.audio else "no picture"
            raise UnreadableVideo(f"'{name}' contains {what}; use a file with a video track.")
        stream = container.streams.video[0]
        # A codec that this build of ffmpeg does not know has no context, whatever the stubs say.
        if stream.codec_context is None:
            raise UnreadableVideo(
                f"'{name}' uses a video codec that is not known here; convert it to H.264 mp4."
            )
        yield container, stream


def read_header(
    path: Path, container: InputContainer, stream: VideoStream, settings: Settings
) -> Header:
    """The claims of an opened file, none of them above the limits in `settings`.

    Raises VideoTooLarge when a claim is above a limit, UnreadableVideo when there is no picture.
    """
    name = safe_name(path)
    width, height = stream.codec_context.width, stream.codec_context.height
    if width < 1 or height < 1:
        raise UnreadableVideo(
            f"'{name}' states no usable picture size; convert it to H.264 mp4 and try again."
        )
    check_pixels(name, width, height, settings)
    claims = [
        container.duration / av.time_base if container.duration else 0.0,
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0,
    ]
    check_seconds(name, max(claims), settings)
    rate = stream.average_rate or stream.guessed_rate
    return Header(
        name=name,
        container=_container_name(path, container.format.name),
        codec=stream.codec.canonical_name,
        width=width,
        height=height,
        fps=float(rate) if rate and 0 < rate <= _FASTEST_HZ else None,
        duration_s=claims[1] or (None if container.streams.audio else claims[0]) or None,
        frame_count=stream.frames or None,
    )


def read_frame_table(
    container: InputContainer, stream: VideoStream, header: Header, settings: Settings
) -> FrameTable:
    """The table of all frames, by reading every packet once and decoding none.

    Raises UnreadableVideo when no frame is left, VideoTooLarge when there are more seconds or
    frames than allowed.
    """
    most = int(settings.max_seconds * _FASTEST_HZ)
    packets, whole = _picture_packets(container, stream, most)
    if not packets:
        raise UnreadableVideo(f"'{header.name}' contains no frames; record or export it again.")
    if len(packets) > most:
        raise VideoTooLarge(f"'{header.name}' has more than {most} frames; use a shorter part.")
    unit = float(stream.time_base or 1)
    fallback_fps = header.fps or 25.0

    # AVI stores no presentation times: ffmpeg guesses them, and guesses wrong with B-frames.
    pts = None if header.container == "avi" else _ascending([p.pts for p in packets])
    ticks = pts if pts is not None else _ascending([p.dts for p in packets])
    timestamps = np.arange(len(packets)) / fallback_fps
    if ticks is not None:
        timestamps = (ticks - ticks[0]) * unit
    shown_last = max(packets, key=lambda p: p.pts or 0) if pts is not None else packets[-1]
    last_s = float(shown_last.duration * unit)
    duration = float(timestamps[-1]) + (last_s or 1 / fallback_fps)
    check_seconds(header.name, duration, settings)

    if pts is not None:
        key_pts = np.sort(np.array([p.pts for p in packets if p.is_keyframe], dtype=np.int64))
        keyframes = np.searchsorted(pts, key_pts)
    else:
        keyframes = np.zeros(1, dtype=np.int64)
    return FrameTable(
        timestamps=timestamps.astype(np.float64),
        pts=pts,
        keyframes=keyframes.astype(np.int64),
        fps=_frame_rate(timestamps, duration, header.fps),
        duration_s=duration,
        whole=whole and header.frame_count in (None, len(packets)),
    )


def check_pixels(name: str, width: int, height: int, settings: Settings) -> None:
    """Raises VideoTooLarge when a frame has more pixels than allowed."""
    if width * height > settings.max_pixels:
        raise VideoTooLarge(
            f"'{name}' has frames of {width} x {height} pixels, the limit is "
            f"{settings.max_pixels / 1e6:.1f} million pixels; scale it down first "
            "(or raise FIXVIZ_MAX_PIXELS)."
        )


def check_seconds(name: str, seconds: float, settings: Settings) -> None:
    """Raises VideoTooLarge when a video lasts longer than allowed."""
    if seconds > settings.max_seconds:
        raise VideoTooLarge(
            f"'{name}' lasts {seconds:.0f} s, the limit is {settings.max_seconds:.0f} s; "
            "cut the part that matters (or raise FIXVIZ_MAX_SECONDS)."
        )


class _Packet(NamedTuple):
    """The times of a packet, in the stream's unit. Packets themselves would hold the whole file."""

    pts: int | None
    dts: int | None
    duration: int
    is_keyframe: bool


def _picture_packets(
    container: InputContainer, stream: VideoStream, most: int
) -> tuple[list[_Packet], bool]:
    """The packets that hold a shown frame, at most `most` + 1, and whether none was damaged."""
    kept: list[_Packet] = []
    whole = True
    is_vp8 = stream.codec.canonical_name == "vp8"
    try:
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_discard:
                continue
            # VP8 stores its reference-only frames as packets of their own; they are never shown.
            if is_vp8 and not memoryview(packet)[0] & _VP8_SHOWN:
                continue
            # The rest of a packet that was cut off shows a mixture with the frame before it.
            if packet.is_corrupt:
                whole = False
                continue
            kept.append(_Packet(packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))
            if len(kept) > most:
                break
    except av.FFmpegError:
        whole = False
    return kept, whole


def _ascending(ticks: list[int | None]) -> NDArray[np.int64] | None:
    """The times sorted, or None when one is missing or two are the same."""
    known = [t for t in ticks if t is not None]
    if len(known) < len(ticks) or len(set(known)) < len(known):
        return None
    return np.sort(np.array(known, dtype=np.int64))


def _frame_rate(timestamps: NDArray[np.float64], duration_s: float, stated: float | None) -> float:
    """The stated rate when it is the mean or the usual one of the frames, else their mean.

    Stated rates are exact (30000/1001) but sometimes wrong; a gap in the file lowers the mean only.
    """
    mean = len(timestamps) / duration_s
    usual = 1 / float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else mean
    fits = stated is not None and any(abs(stated - rate) <= 0.02 * rate for rate in (mean, usual))
    return stated if fits and stated is not None else mean


def _container_name(path: Path, format_name: str) -> str:
    suffix = path.suffix.lower().lstrip(".")
    if "matroska" in format_name:
        return "webm" if suffix == "webm" else "mkv"
    if "mov" in format_name:
        return "mov" if suffix in ("mov", "qt") else "mp4"
    return format_name
