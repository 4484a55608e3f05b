"""The containers that video files come in: one table for decoders, command line, app and data sets."""

from __future__ import annotations

from typing import NamedTuple


class Container(NamedTuple):
    """A kind of video file."""

    demuxer: str
    """FFmpeg's name for what reads it: the first of the names that its format lists."""
    suffixes: tuple[str, ...]
    """Endings of such files, lower case, without the dot. The first one is the container's name,
    unless the file's own ending is another one of them."""
    by_decord: bool = False
    """decord opens it, too."""
    ordered: bool = True
    """It stores when each frame is shown; where it does not, frames are counted."""


CONTAINERS: tuple[Container, ...] = (
    Container("mov", ("mp4", "mov", "m4v", "3gp", "3g2", "qt"), by_decord=True),
    Container("matroska", ("mkv", "webm"), by_decord=True),
    # AVI stores no presentation times: FFmpeg guesses them, and guesses wrong with B-frames.
    Container("avi", ("avi",), ordered=False),
    Container("gif", ("gif",)),
    Container("mpegts", ("ts", "mts", "m2ts")),
    Container("mpeg", ("mpg", "mpeg", "vob")),
    Container("asf", ("wmv", "asf")),
    Container("flv", ("flv",)),
    Container("ogg", ("ogv",)),
    Container("mxf", ("mxf",)),
)
"""Every container that is read, the usual ones first."""

SUFFIXES: tuple[str, ...] = tuple(suffix for row in CONTAINERS for suffix in row.suffixes)
"""Endings of video files, lower case, without the dot."""

FORMATS = "mp4, mov, mkv, webm, avi or gif"
"""The usual containers, for a sentence."""


def container_of(format_name: str) -> Container:
    """The row of what FFmpeg calls `format_name`, such as "mov,mp4,m4a,3gp,3g2,mj2".

    Raises KeyError where the table has no such row.
    """
    first = format_name.split(",")[0]
    for row in CONTAINERS:
        if row.demuxer == first:
            return row
    raise KeyError(format_name)
