"""What a video file says about itself, read from its container without decoding its pictures.

Two steps: the header, whose claims are held against the limits before anything is allocated for
them, and the frame table: one entry per frame that is really in the file, from its packets. Each packet
is known by its place in the file, and decoded under that number: so a frame that comes out says itself
which one it is, whatever the decoder did to get there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.completeness import is_cut_off
from fixviz.media.containers import container_name, container_of
from fixviz.media.files import safe_name
from fixviz.media.timestamps import schedule
from fixviz.settings import Settings

NOT_SHOWN = -1
"""In place of the number of a frame, for a packet that holds none."""
_JOIN_PACKETS = 3
_FASTEST_HZ = 1000.0
_VP8_SHOWN = 0x10
_FINEST_TICK_S = 1e-3


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
    """How long the video itself lasts, where that is no estimate."""


class PacketKey(NamedTuple):
    """What tells a packet from all others of its stream.

    Its decoding time does not: behind a seek, FFmpeg cannot always tell it.
    """

    pts: int | None
    position: int | None
    """Where it lies in the file, in bytes."""


class Keyframe(NamedTuple):
    """Where decoding can start."""

    frame: int
    """Number of the frame."""
    packet: int
    """Number of its packet."""
    places: tuple[int, ...]
    """Time stamps to seek to, in the stream's unit: where containers have an index, when the frame is shown;
    where they have none (MPEG-TS), when it is decoded."""


@dataclass(frozen=True, eq=False)
class FrameTable:
    """The frames of a file in the order in which they are shown."""

    timestamps: NDArray[np.float64]
    """[F] seconds, strictly ascending, the first one 0."""
    tick_s: float
    """How exact the timestamps are, in seconds: the stream's unit, at most a millisecond."""
    ranks: NDArray[np.int64] | None
    """[P] for each packet in the order of the file, the number of its frame, negative for one that is never
    shown; None when frames have to be counted as they come out."""
    packets: dict[PacketKey, int]
    """Number of the packet with that key; empty when two packets have the same."""
    keyframes: tuple[Keyframe, ...]
    """The frames at which decoding can start, ascending."""
    fps: float
    duration_s: float
    damaged: bool
    """Packets are damaged, or the container cannot be read to its end."""
    cut_off: bool
    """The file lacks a part that it says it has."""
    mended: int
    """Frames whose time stamp is missing or repeated in the file."""

    def from_frame(self, first: int) -> FrameTable:
        """The table without the frames before number `first`, which then is number 0."""
        if first == 0 or self.ranks is None:
            return self
        start = self.timestamps[first]
        return replace(
            self,
            timestamps=self.timestamps[first:] - start,
            ranks=self.ranks - first,
            keyframes=tuple(
                k._replace(frame=k.frame - first) for k in self.keyframes if k.frame >= first
            ),
            duration_s=self.duration_s - float(start),
        )

    def lead_in(self) -> int:
        """How many frames, from the first one on, need frames that are not in the file.

        They come before the first keyframe, in the file or on screen: what a cut through a film leaves of
        the pictures before it. No player shows them.
        """
        if self.ranks is None or not self.keyframes:
            return 0
        first = min(self.keyframes, key=lambda k: k.packet)
        return first.frame


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
    row = container_of(container.format.name)
    whole_s = ((container.duration or 0) - max(0, container.start_time or 0)) / av.time_base
    own_s = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    )
    if row.states_length:
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
        fps=float(rate) if rate and 0 < rate <= _FASTEST_HZ else None,
        duration_s=stated if row.states_length and stated > 0 else None,
    )


def read_frame_table(
    path: Path, container: InputContainer, stream: VideoStream, header: Header, settings: Settings
) -> FrameTable:
    """The table of all frames, by reading every packet once and decoding none.

    Raises UnreadableVideo when no frame is left, VideoTooLarge when there are more seconds or
    frames than allowed.
    """
    row = container_of(container.format.name)
    most = int(settings.max_seconds * _FASTEST_HZ)
    packets, whole = _read_packets(container, stream, most)
    if not packets:
        raise UnreadableVideo(f"'{header.name}' contains no frames; record or export it again.")
    if len(packets) > most:
        raise VideoTooLarge(f"'{header.name}' has more than {most} frames; use a shorter part.")
    unit = float(stream.time_base or 1)
    fallback_s = 1 / (header.fps or 25.0)
    keys = [p.key for p in packets]
    skipped = _unstamped_lead_in(keys) if row.ordered else 0
    shown = packets[:1] + packets[1 + skipped :]
    times = schedule([p.key.pts for p in shown], [p.dts for p in shown], ordered=row.ordered)
    ranks = times.ranks if times is not None else None
    if times is None:
        timestamps = np.arange(len(shown), dtype=np.float64) * fallback_s
    else:
        timestamps = (times.ticks - times.ticks[0]) * unit
    if ranks is not None:
        ranks = np.insert(ranks, 1, [NOT_SHOWN] * skipped)

    cut_off = is_cut_off(path, row, stream)
    duration = float(timestamps[-1]) + (
        _last_seconds(packets, ranks, timestamps, unit) or fallback_s
    )
    if not cut_off and whole and header.duration_s is not None:
        # The last picture may stand still until the end that the file states.
        duration = max(duration, min(header.duration_s, settings.max_seconds))
    check_seconds(header.name, duration, settings)
    return FrameTable(
        timestamps=timestamps,
        tick_s=min(unit, _FINEST_TICK_S),
        ranks=ranks,
        packets={key: k for k, key in enumerate(keys)} if len(set(keys)) == len(keys) else {},
        keyframes=_keyframes(packets, ranks),
        fps=_frame_rate(timestamps, duration, header.fps),
        duration_s=duration,
        damaged=not whole,
        cut_off=cut_off,
        mended=times.mended if times is not None else 0,
    )


def numbered_packets(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[int | None, Packet[Any]]]:
    """Every packet of the stream from the container's place on, with its number.

    Packets that hold a shown picture are numbered from 0; the others, which may hold what those
    need, have None. Empty ones are left out: they repeat a picture. Raises av.FFmpegError.
    """
    is_vp8 = stream.codec.canonical_name == "vp8"
    count = 0
    for packet, broken in _packets(container, stream):
        # VP8 stores its reference-only frames as packets of their own; they are never shown.
        hidden = is_vp8 and not memoryview(packet)[0] & _VP8_SHOWN
        # The rest of a packet that was cut off shows a mixture with the frame before it.
        if packet.is_discard or hidden or broken:
            yield None, packet
        else:
            yield count, packet
            count += 1


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[tuple[Packet[Any], bool]]:
    """The packets that hold something, and whether each is broken.

    Where two recordings were joined, MPEG-TS calls one of the last packets of the first one broken although
    it is whole: the clock starts again behind it. Raises av.FFmpegError, behind the last packet.
    """
    held: deque[Packet[Any]] = deque()
    damage: av.FFmpegError | None = None
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if held and _starts_again(held[-1].dts, packet.dts):
                yield from ((p, False) for p in held)
                held.clear()
            held.append(packet)
            while held and (len(held) > _JOIN_PACKETS or not held[0].is_corrupt):
                first = held.popleft()
                yield first, first.is_corrupt
    except av.FFmpegError as error:
        damage = error
    yield from ((p, p.is_corrupt) for p in held)
    if damage is not None:
        raise damage


def _starts_again(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def packet_key(packet: Packet[Any]) -> PacketKey:
    """The key of a packet as it comes from the container."""
    return PacketKey(packet.pts, packet.pos)


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
    """What the table keeps of a packet. Packets themselves would hold the whole file."""

    key: PacketKey
    dts: int | None
    duration: int
    is_keyframe: bool


def _read_packets(
    container: InputContainer, stream: VideoStream, most: int
) -> tuple[list[_Packet], bool]:
    """The packets that hold a shown frame, at most `most` + 1, and whether none was damaged."""
    kept: list[_Packet] = []
    whole = True
    try:
        for number, packet in numbered_packets(container, stream):
            if number is None:
                whole = whole and not packet.is_corrupt
                continue
            duration = packet.duration or 0
            kept.append(_Packet(packet_key(packet), packet.dts, duration, packet.is_keyframe))
            if len(kept) > most:
                break
    except av.FFmpegError:
        whole = False
    return kept, whole


def _unstamped_lead_in(keys: list[PacketKey]) -> int:
    """How many packets behind the first one have no time because they come before the start.

    A cut through a film leaves pictures behind the first keyframe that are shown before it and need what was
    cut away; some containers cannot store times below 0.
    """
    known = [k.pts for k in keys if k.pts is not None]
    if not known or all(a <= b for a, b in pairwise(known)):
        return 0
    return sum(1 for _ in takewhile(lambda key: key.pts is None, keys[1:]))


def _keyframes(packets: list[_Packet], ranks: NDArray[np.int64] | None) -> tuple[Keyframe, ...]:
    if ranks is None:
        return ()
    return tuple(
        sorted(
            Keyframe(int(ranks[k]), k, tuple(t for t in (p.key.pts, p.dts) if t is not None))
            for k, p in enumerate(packets)
            if p.is_keyframe
        )
    )


def _last_seconds(
    packets: list[_Packet],
    ranks: NDArray[np.int64] | None,
    timestamps: NDArray[np.float64],
    unit: float,
) -> float:
    """How long the frame shown last stays: as its packet says, else as the usual frame; 0 when unknown."""
    last = packets[-1 if ranks is None else int(np.argmax(ranks))]
    if last.duration > 0:
        return float(last.duration * unit)
    return float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 0.0


def _frame_rate(timestamps: NDArray[np.float64], duration_s: float, stated: float | None) -> float:
    """The stated rate when it is the mean or the usual one of the frames, else their mean.

    Stated rates are exact (30000/1001) but sometimes wrong; a gap in the file lowers the mean only.
    """
    mean = len(timestamps) / duration_s
    usual = 1 / float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else mean
    fits = stated is not None and any(abs(stated - rate) <= 0.02 * rate for rate in (mean, usual))
    return stated if fits and stated is not None else mean
