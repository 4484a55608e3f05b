"""Whether a file holds all the bytes that it says it holds.

Numbers of frames and seconds in a header are no proof of a loss: edits leave frames out,
pictures stand still, fragments are counted elsewhere. Bytes that are promised and not there are.
"""

from __future__ import annotations

from pathlib import Path

from av.video.stream import VideoStream

from fixviz.media.containers import Container

_PADDING = 8
"""Bytes behind the last picture that some writers count and leave out."""
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""The identifier of the object "File Properties" in WMV and ASF."""
_UNFINISHED = (0, 2**32 - 1)
_EBML_HEADER, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def is_cut_off(path: Path, container: Container, stream: VideoStream) -> bool:
    """Tell whether the file ends before its container says so. False where the container does not tell."""
    size = path.stat().st_size + _PADDING
    if container.demuxer in ("mov", "avi"):
        entries = stream.index_entries
        last = max((entry.pos + entry.size for entry in entries), default=0)
        if last > size:
            return True
    return _stated_size(path, container.demuxer) > size


def _stated_size(path: Path, demuxer: str) -> int:
    """Return the length of the file in bytes as its first element states it; 0 where it does not."""
    with path.open("rb") as file:
        head = file.read(4096)
    if demuxer == "avi" and head.startswith(b"RIFF"):
        size = int.from_bytes(head[4:8], "little")
        return 0 if size in _UNFINISHED else 8 + size
    place = head.find(_ASF_FILE)
    if demuxer == "asf" and place >= 0:
        # Its size (8 bytes) and an identifier (16) stand before the length of the whole file.
        place += len(_ASF_FILE) + 24
        return int.from_bytes(head[place : place + 8], "little")
    if demuxer == "matroska" and head.startswith(_EBML_HEADER):
        length, start = _ebml_length(head, 4)
        segment = start + (length or 0)
        if head[segment : segment + 4] == _SEGMENT:
            length, start = _ebml_length(head, segment + 4)
            return start + length if length is not None else 0
    return 0


def is_unfinished(path: Path, demuxer: str) -> bool:
    """Tell whether the numbers in an AVI's header were never filled in, as in one written to a pipe."""
    with path.open("rb") as file:
        head = file.read(8)
    return demuxer == "avi" and int.from_bytes(head[4:], "little") in _UNFINISHED


def _ebml_length(data: bytes, place: int) -> tuple[int | None, int]:
    """Return (length of an EBML element's content, None when unknown, and where the content starts)."""
    if place >= len(data) or data[place] == 0:
        return None, place
    width = 9 - data[place].bit_length()
    value = int.from_bytes(data[place : place + width], "big") & (1 << 7 * width) - 1
    unknown = value == (1 << 7 * width) - 1
    return (None if unknown else value), place + width
