"""The table of a video's frames: one entry per frame that is really in the file, from its packets.

Both decoders work from this one table, which is why they agree on frame numbers and timestamps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.completeness import is_cut_off
from fixviz.media.container import FASTEST_HZ, Header, check_seconds
from fixviz.media.containers import Container, container_of
from fixviz.media.packets import PacketKey, numbered_packets, packet_key
from fixviz.media.timestamps import schedule
from fixviz.settings import Settings

NOT_SHOWN = -1
"""In place of the number of a frame, for a packet that holds none."""
_FINEST_TICK_S = 1e-3
_SHORTEST_GIF_S, _USUAL_GIF_S = 0.015, 0.1
"""GIFs count in hundredths: below two of them lies one, or none."""


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
        """Return the table without the frames before number `first`, which then is number 0."""
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
        """Return how many frames, from the first one on, need frames that are not in the file.

        They come before the first keyframe, in the file or on screen: what a cut through a film leaves of
        the pictures before it. No player shows them.
        """
        if self.ranks is None or not self.keyframes:
            return 0
        first = min(self.keyframes, key=lambda k: k.packet)
        return first.frame


def read_frame_table(
    path: Path, container: InputContainer, stream: VideoStream, header: Header, settings: Settings
) -> FrameTable:
    """Build the table of all frames: read every packet once, decode none.

    Raises UnreadableVideo when no frame is left, VideoTooLarge when there are more seconds or
    frames than allowed.
    """
    row = container_of(container.format.name)
    most = int(settings.max_seconds * FASTEST_HZ)
    indexed = {entry.pos for entry in stream.index_entries if entry.is_keyframe}
    packets, whole = _read_packets(container, stream, most)
    if not packets:
        raise UnreadableVideo(f"'{header.name}' contains no frames; record or export it again.")
    if len(packets) > most:
        raise VideoTooLarge(f"'{header.name}' has more than {most} frames; use a shorter part.")
    keys = [p.key for p in packets]
    times = _times(packets, row, stream, header.fps)
    cut_off = is_cut_off(path, row, stream)
    duration = float(times.timestamps[-1]) + times.last_s
    if whole and not cut_off:
        duration += _still_s(duration, times.last_s, row, stream, header)
    check_seconds(header.name, duration, settings)
    return FrameTable(
        timestamps=times.timestamps,
        tick_s=min(_unit_s(stream), _FINEST_TICK_S),
        ranks=times.ranks,
        packets={key: k for k, key in enumerate(keys)} if len(set(keys)) == len(keys) else {},
        keyframes=_keyframes(packets, times.ranks, indexed),
        fps=_frame_rate(times.timestamps, duration, header.fps),
        duration_s=duration,
        damaged=not whole,
        cut_off=cut_off,
        mended=times.mended,
    )


class _Times(NamedTuple):
    """When the frames are shown, in seconds, and which packet holds which."""

    timestamps: NDArray[np.float64]
    ranks: NDArray[np.int64] | None
    last_s: float
    """How long the last frame stays."""
    mended: int


def _times(
    packets: list[_Packet], row: Container, stream: VideoStream, stated_fps: float | None
) -> _Times:
    unit = _unit_s(stream)
    if row.demuxer == "gif":
        timestamps, last_s = _as_browsers_show([p.duration * unit for p in packets])
        return _Times(timestamps, np.arange(len(packets)), last_s, mended=0)
    fallback_s = 1 / (stated_fps or 25.0)
    skipped = _unstamped_lead_in([p.key for p in packets]) if row.ordered else 0
    shown = packets[:1] + packets[1 + skipped :]
    ordered = row.ordered and not _only_decoding_times(packets, stream)
    found = schedule([p.key.pts for p in shown], [p.dts for p in shown], ordered=ordered)
    ranks = None
    if found is None:
        # A bare stream may say how long a picture lasts; its rate is the demuxer's guess.
        fallback_s = float(np.median([p.duration for p in packets])) * unit or fallback_s
        timestamps = np.arange(len(shown), dtype=np.float64) * fallback_s
    else:
        timestamps = (found.ticks - found.ticks[0]) * unit
        if found.ranks is not None:
            ranks = np.insert(found.ranks, 1, [NOT_SHOWN] * skipped)
    last_s = _last_seconds(packets, ranks, timestamps, unit) or fallback_s
    return _Times(timestamps, ranks, last_s, mended=found.mended if found is not None else 0)


def _still_s(
    duration_s: float, last_s: float, row: Container, stream: VideoStream, header: Header
) -> float:
    """Return for how long the last picture stands still until the stated end of the file; usually 0.

    Less than a frame is rounding, or what a trim left of the frame before the first one. In MP4 the time
    before the first frame, which an edit list leaves empty, may be part of that end.
    """
    empty_s = max(0.0, (stream.start_time or 0) * _unit_s(stream)) if row.demuxer == "mov" else 0.0
    still_s = (header.duration_s or 0.0) - empty_s - duration_s
    return still_s if still_s >= last_s - _unit_s(stream) else 0.0


def _unit_s(stream: VideoStream) -> float:
    return float(stream.time_base or 1)


class _Packet(NamedTuple):
    """What the table keeps of a packet. Packets themselves would hold the whole file."""

    key: PacketKey
    dts: int | None
    duration: int
    is_keyframe: bool


def _read_packets(
    container: InputContainer, stream: VideoStream, most: int
) -> tuple[list[_Packet], bool]:
    """Return the packets that hold a shown frame, at most `most` + 1, and whether none was damaged."""
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


def _as_browsers_show(lasting_s: list[float]) -> tuple[NDArray[np.float64], float]:
    """Return (times of a GIF's frames, how long the last one stays): less than 20 ms are shown as 100 ms."""
    lasting = np.array(lasting_s)
    lasting[lasting < _SHORTEST_GIF_S] = _USUAL_GIF_S
    return np.append(0.0, np.cumsum(lasting[:-1])), float(lasting[-1])


def _only_decoding_times(packets: list[_Packet], stream: VideoStream) -> bool:
    """Tell whether the file states decoding times only, as if they were presentation times.

    Files copied out of AVI or out of a stream without a container do: their decoder puts frames in order.
    """
    return bool(stream.codec_context.has_b_frames) and all(p.key.pts == p.dts for p in packets)


def _unstamped_lead_in(keys: list[PacketKey]) -> int:
    """Return how many packets after the first have no time because they come before the start.

    A cut through a film leaves pictures behind the first keyframe that are shown before it and need what was
    cut away; some containers cannot store times below 0.
    """
    known = [k.pts for k in keys if k.pts is not None]
    if not known or all(a <= b for a, b in pairwise(known)):
        return 0
    return sum(1 for _ in takewhile(lambda key: key.pts is None, keys[1:]))


def _keyframes(
    packets: list[_Packet], ranks: NDArray[np.int64] | None, indexed: set[int]
) -> tuple[Keyframe, ...]:
    """Find the keyframes by their packets or, since a damaged one is not marked, by the file's index."""
    if ranks is None:
        return ()
    return tuple(
        sorted(
            Keyframe(int(ranks[k]), k, tuple(t for t in (p.key.pts, p.dts) if t is not None))
            for k, p in enumerate(packets)
            if p.is_keyframe or p.key.position in indexed
        )
    )


def _last_seconds(
    packets: list[_Packet],
    ranks: NDArray[np.int64] | None,
    timestamps: NDArray[np.float64],
    unit: float,
) -> float:
    """Return how long the last shown frame stays: as its packet says, else as usual; 0 when unknown."""
    last = packets[-1 if ranks is None else int(np.argmax(ranks))]
    usual = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 0.0
    mean = float(timestamps[-1]) / max(len(timestamps) - 1, 1)
    if abs(mean - usual) <= unit:
        usual = mean  # It is less rounded.
    stated = float(np.median([p.duration for p in packets])) * unit
    # One duration stated for all frames (Matroska) is wrong where they follow each other faster.
    if last.duration > 0 and (not usual or stated <= 1.5 * usual):
        return float(last.duration * unit)
    return usual


def _frame_rate(timestamps: NDArray[np.float64], duration_s: float, stated: float | None) -> float:
    """Return the stated rate when it is the mean or the usual one of the frames, else their mean.

    Stated rates are exact (30000/1001) but sometimes wrong; a gap in the file lowers the mean only.
    """
    mean = len(timestamps) / duration_s
    usual = 1 / float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else mean
    fits = stated is not None and any(abs(stated - rate) <= 0.02 * rate for rate in (mean, usual))
    return stated if fits and stated is not None else mean
