"""Frames by PyAV: every format, and whatever can still be decoded of a damaged file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixviz.media.container import FrameTable, check_pixels, open_video
from fixviz.media.files import safe_name
from fixviz.settings import Settings

# Seeking costs about as much as decoding this many frames.
_SEEK_WORTH_FRAMES = 16


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded frame."""

    wanted: int
    """Number of the frame that was asked for."""
    index: int
    """Number of the frame that this is: another one, the nearest, where that one is damaged."""
    rgb: NDArray[np.uint8]
    """[H, W, 3] upright, native size."""


def decoder_threads() -> int:
    """Threads of one decoder: more than four gain little and multiply its memory."""
    return min(4, os.cpu_count() or 1)


def first_frame(path: Path, settings: Settings) -> VideoFrame | None:
    """The first frame that can be decoded, or None; it knows its rotation and pixel format."""
    with open_video(path) as (container, stream):
        for frame in _decoded(container, stream):
            check_pixels(safe_name(path), frame.width, frame.height, settings)
            return frame
    return None


def clockwise_rotation(frame: VideoFrame) -> int:
    """Degrees (0, 90, 180, 270) by which `frame` has to be turned clockwise to stand upright."""
    return round(-frame.rotation / 90) % 4 * 90


def pyav_frames(
    path: Path, table: FrameTable, wanted: Sequence[int], settings: Settings
) -> Iterator[Picture]:
    """The frames `wanted` (ascending, each once), in that order, one at a time.

    A frame that cannot be decoded is replaced by the nearest one before or after it; frames behind
    the last one that can be decoded are left out. Raises VideoTooLarge when a frame turns out
    larger than the header said and than allowed.
    """
    name = safe_name(path)
    for key, run in _runs(wanted, table.keyframes):
        with open_video(path) as (container, stream):
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = decoder_threads()
            frames = _numbered_from(container, stream, table, key, run[0])
            if frames is not None:
                yield from _pick(name, frames, run, settings)
                continue
        # The container's index led to a place behind the frame: read from the start instead.
        with open_video(path) as (container, stream):
            yield from _pick(name, _numbered(container, stream, table), run, settings)


def _runs(wanted: Sequence[int], keyframes: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    """Groups of wanted frames, each with the keyframe from which it is decoded in one go."""
    run: list[int] = []
    start = 0
    for index in wanted:
        place = int(np.searchsorted(keyframes, index, side="right")) - 1
        key = int(keyframes[place]) if place >= 0 else 0
        if run and key > run[-1] + _SEEK_WORTH_FRAMES:
            yield start, run
            run = []
        if not run:
            start = key
        run.append(index)
    if run:
        yield start, run


def _pick(
    name: str, frames: Iterator[tuple[int, VideoFrame]], run: Sequence[int], settings: Settings
) -> Iterator[Picture]:
    """The frames of `run` out of consecutive numbered frames, or the nearest there are."""
    before: tuple[int, VideoFrame] | None = None
    waiting = list(run)
    for index, frame in frames:
        check_pixels(name, frame.width, frame.height, settings)
        while waiting and waiting[0] <= index:
            wanted = waiting.pop(0)
            near = index, frame
            if before is not None and wanted - before[0] < index - wanted:
                near = before
            yield Picture(wanted, near[0], _upright_rgb(near[1]))
        if not waiting:
            return
        before = index, frame


def _numbered_from(
    container: InputContainer, stream: VideoStream, table: FrameTable, key: int, first: int
) -> Iterator[tuple[int, VideoFrame]] | None:
    """Numbered frames from keyframe `key` on; None when the seek ended behind frame `first`."""
    if key == 0 or table.pts is None:
        return _numbered(container, stream, table)
    try:
        container.seek(int(table.pts[key]), stream=stream)
    except av.FFmpegError:
        return None
    frames = _numbered(container, stream, table)
    head = next(frames, None)
    if head is None or head[0] > first:
        return None
    return chain([head], frames)


def _numbered(
    container: InputContainer, stream: VideoStream, table: FrameTable
) -> Iterator[tuple[int, VideoFrame]]:
    """Decoded frames with their number in the table; frames that it does not list are left out."""
    if table.pts is None:
        yield from zip(range(len(table.timestamps)), _decoded(container, stream), strict=False)
        return
    number = {int(pts): k for k, pts in enumerate(table.pts)}
    for frame in _decoded(container, stream):
        index = number.get(frame.pts) if frame.pts is not None else None
        if index is not None:
            yield index, frame


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames in the order in which they are shown; packets that cannot be decoded are skipped."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            packet = None
        try:
            # At the end, and at damage in the container, the frames still in the decoder come out.
            frames = stream.decode(packet)
        except (av.FFmpegError, EOFError):
            frames = []
        yield from frames
        if packet is None:
            return


def _upright_rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    rgb = frame.to_ndarray(format="rgb24")
    turned = np.rot90(rgb, k=-clockwise_rotation(frame) // 90)
    return np.ascontiguousarray(turned, dtype=np.uint8)
