"""Frames by PyAV: every format, and whatever can still be decoded of a damaged file.

Which frame a decoded picture is does not follow from counting after a seek, which is where decoders err: each
packet is given its number before it is decoded, and the picture carries the number of its packet.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixviz.errors import UnreadableVideo
from fixviz.media.container import check_pixels
from fixviz.media.display import Display, on_ground
from fixviz.media.files import safe_name
from fixviz.media.frame_table import FrameTable, Keyframe
from fixviz.media.light import Light
from fixviz.media.opening import open_video
from fixviz.media.packets import PacketKey, numbered_packets, packet_key
from fixviz.settings import Settings

# Seeking costs about as much as decoding this many frames.
_SEEK_WORTH_FRAMES = 16
# No codec holds back more pictures than this to put them in order.
_MOST_REORDERED = 16
_NO_FRAME = -1
# FFmpeg's own decoders of VP8 and VP9 leave transparency out.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded frame."""

    wanted: int
    """Number of the frame that was asked for."""
    index: int
    """Number of the frame that this is: another one, the nearest, where that one is damaged."""
    rgb: NDArray[np.unsignedinteger[Any]]
    """[H, W, 3] upright, in stored pixels; 16 bits where `light` is to be mapped."""
    light: Light | None = None
    """What the samples stand for, where that is not what a normal screen shows."""


def decoder_threads() -> int:
    """Return the number of threads of one decoder: more than four gain little and multiply its memory."""
    return min(4, os.cpu_count() or 1)


def first_frame(path: Path, table: FrameTable, settings: Settings) -> tuple[int, VideoFrame] | None:
    """Return the first frame that can be decoded, with its display, and its number; None without one."""
    with open_video(path) as (container, stream):
        for number, frame in _numbered(container, stream, table):
            check_pixels(safe_name(path), frame.width, frame.height, settings)
            return number, frame
    return None


def pyav_frames(
    path: Path, table: FrameTable, wanted: Sequence[int], display: Display, settings: Settings
) -> Iterator[Picture]:
    """Yield the frames `wanted` (ascending, each once), in that order, one at a time.

    A frame that cannot be decoded is replaced by the nearest one before or after it; frames behind
    the last one that can be decoded are left out. Raises VideoTooLarge when a frame turns out
    larger than the header said and than allowed.
    """
    name = safe_name(path)
    for key, run in _runs(wanted, table.keyframes):
        places = key.places if key is not None and key.packet and table.packets else ()
        # Where no seek leads to the frame, the file is read from its start.
        for place in (*places, None):
            with open_video(path) as (container, stream):
                frames = _numbered_from(container, stream, table, place, run[0])
                if frames is not None:
                    yield from _pick(name, frames, run, display, settings)
                    break


def _runs(
    wanted: Sequence[int], keyframes: Sequence[Keyframe]
) -> Iterator[tuple[Keyframe | None, list[int]]]:
    """Yield groups of wanted frames, each with the keyframe from which it is decoded in one go."""
    run: list[int] = []
    start: Keyframe | None = None
    places = np.array([k.frame for k in keyframes], dtype=np.int64)
    for index in wanted:
        place = int(np.searchsorted(places, index, side="right")) - 1
        key = keyframes[place] if place >= 0 else None
        if run and key is not None and key.frame > run[-1] + _SEEK_WORTH_FRAMES:
            yield start, run
            run = []
        if not run:
            start = key
        run.append(index)
    if run:
        yield start, run


def _pick(
    name: str,
    frames: Iterator[tuple[int, VideoFrame]],
    run: Sequence[int],
    display: Display,
    settings: Settings,
) -> Iterator[Picture]:
    """Yield the frames of `run` out of numbered frames in ascending order, or the nearest there are."""
    before: tuple[int, VideoFrame] | None = None
    waiting = list(run)
    for index, frame in frames:
        check_pixels(name, frame.width, frame.height, settings)
        while waiting and waiting[0] <= index:
            wanted = waiting.pop(0)
            near = index, frame
            if before is not None and wanted - before[0] < index - wanted:
                near = before
            try:
                rgb, light = _rgb(near[1])
            except av.FFmpegError:
                raise UnreadableVideo(
                    f"'{name}' states its colors in a way that is not known here; "
                    "convert it to H.264 mp4."
                ) from None
            yield Picture(wanted, near[0], display.upright(rgb), light)
        if not waiting:
            return
        before = index, frame


def _numbered_from(
    container: InputContainer,
    stream: VideoStream,
    table: FrameTable,
    place: int | None,
    first: int,
) -> Iterator[tuple[int, VideoFrame]] | None:
    """Return numbered frames from a time stamp or the start on; None when frame `first` is not among them."""
    if place is None:
        return _numbered(container, stream, table)
    try:
        container.seek(place, stream=stream)
    except av.FFmpegError:
        return None
    frames = _numbered(container, stream, table, sought=True)
    head = next(frames, None)
    # What only claims to be a keyframe shows leftovers; what comes later has been passed over.
    if head is None or head[0] > first or not head[1].key_frame:
        return None
    return chain([head], frames)


def _numbered(
    container: InputContainer, stream: VideoStream, table: FrameTable, *, sought: bool = False
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield decoded frames with their number in the table, in ascending order.

    From the container's start or, `sought`, from wherever a seek led. Packets that the table does not
    list are decoded, too, since others may need them, but what comes of them is left out. So are the frames
    behind a keyframe that could not be decoded: they show leftovers of older pictures.
    """
    decoder = _decoder(stream)
    if table.ranks is None:
        yield from _counted(container, stream, decoder)
        return
    keys = sorted(k.packet for k in table.keyframes)
    came: set[int] = set()
    latest = -1
    start: int | None = None if sought else 0
    for packet, frame, failed in _decoded(
        container, stream, decoder, table.packets if sought else None
    ):
        number = int(table.ranks[packet]) if 0 <= packet < len(table.ranks) else -1
        if number <= latest:
            continue
        latest = number
        came.add(packet)
        start = packet if start is None else start
        key = keys[max(bisect_right(keys, packet) - 1, 0)] if keys else 0
        lost = failed and start <= key < packet and key not in came
        if not (lost and table.ranks[key] < number):
            yield number, frame


def _counted(
    container: InputContainer, stream: VideoStream, decoder: VideoCodecContext
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the frames of a stream whose packets do not tell their order, counted from the start.

    A packet that gave no picture although much later ones did is counted as a lost frame.
    """
    depth = _MOST_REORDERED if decoder.has_b_frames else 0
    seen: set[int] = set()
    newest, settled, lost = -1, 0, 0
    for count, (packet, frame, _) in enumerate(_decoded(container, stream, decoder, None)):
        seen.add(packet)
        newest = max(newest, packet)
        while settled < newest - depth:
            lost += settled not in seen
            seen.discard(settled)
            settled += 1
        yield count + lost, frame


def _decoder(stream: VideoStream) -> VideoCodecContext:
    """Return the decoder of the stream: one that knows transparency where the stream has it."""
    decoder = stream.codec_context
    name = _ALPHA_DECODERS.get(stream.codec.canonical_name)
    if (
        name is not None
        and stream.metadata.get("alpha_mode") == "1"
        and name in av.codecs_available
    ):
        decoder = cast(VideoCodecContext, VideoCodecContext.create(name, "r"))
        decoder.extradata = stream.codec_context.extradata
    decoder.thread_type = "AUTO"
    decoder.thread_count = decoder_threads()
    return decoder


def _decoded(
    container: InputContainer,
    stream: VideoStream,
    decoder: VideoCodecContext,
    numbers: dict[PacketKey, int] | None,
) -> Iterator[tuple[int, VideoFrame, bool]]:
    """Yield decoded frames, each with the number of its packet and whether any packet has failed so far.

    Packets are counted from where the container stands or, after a seek, found in `numbers`.
    """
    packets = numbered_packets(container, stream)
    failed = False
    while True:
        try:
            number, packet = next(packets, (None, None))
        except av.FFmpegError:
            number, packet = None, None
        if packet is not None:
            if numbers is not None and number is not None:
                number = numbers.get(packet_key(packet))
            packet.pts = _NO_FRAME if number is None else number
            packet.dts = None
        try:
            # At the end, and at damage in the container, the frames still in the decoder come out.
            frames = decoder.decode(packet)
        except EOFError:
            frames = []
        except MemoryError:  # Of FFmpeg too: no damage of the file.
            raise
        except av.FFmpegError:
            frames, failed = [], True
        for frame in frames:
            yield (_NO_FRAME if frame.pts is None else frame.pts), frame, failed
        if packet is None:
            return


def _rgb(frame: VideoFrame) -> tuple[NDArray[np.unsignedinteger[Any]], Light | None]:
    """Return the picture as stored, [H, W, 3], and its light where that has to be mapped for the screen."""
    light = Light.of(frame)
    if frame.format.has_palette or any(c.is_alpha for c in frame.format.components):
        return on_ground(np.asarray(frame.to_ndarray(format="rgba"), np.uint8)), None
    if light is not None:
        return np.asarray(frame.to_ndarray(format="rgb48le"), np.uint16), light
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), None
