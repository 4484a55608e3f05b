"""The packets of a video stream, each with a number of its own.

A packet is known by its place in the file, and decoded under that number: so a frame that comes out says
itself which one it is, whatever the decoder did to get there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

_JOIN_PACKETS = 3
_VP8_SHOWN = 0x10


class PacketKey(NamedTuple):
    """What tells a packet from all others of its stream.

    Its decoding time does not: behind a seek, FFmpeg cannot always tell it.
    """

    pts: int | None
    position: int | None
    """Where it lies in the file, in bytes."""


def numbered_packets(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[int | None, Packet[Any]]]:
    """Yield every packet of the stream from the container's place on, with its number.

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
    """Yield the packets that hold something, and whether each is broken.

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
    """Return the key of a packet as it comes from the container."""
    return PacketKey(packet.pts, packet.pos)
