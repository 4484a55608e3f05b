"""Opening a video file: which containers are let in, and which of their streams is the video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from fixviz.errors import UnreadableVideo
from fixviz.media.codecs import CODEC_NAMES, DECODER_NAMES
from fixviz.media.containers import CONTAINERS, FORMATS
from fixviz.media.files import safe_name

# Without the lists a "video" could be a playlist that makes FFmpeg open other files or urls.
_OPEN_OPTIONS = {
    "format_whitelist": ",".join(
        [row.demuxer for row in CONTAINERS] + ["mp4,m4a,3gp,3g2,mj2,webm"]
    ),
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join(DECODER_NAMES),
}
_NO_FILM = (
    Disposition.attached_pic
    | Disposition.timed_thumbnails
    | Disposition.still_image
    | Disposition.dependent
)
_OF_STILLS = ("mjpeg", "png", "bmp", "gif", "tiff", "webp", "jpegls", "jpeg2000", "ppm", "targa")
_SIGNATURES = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"RIFF....WEBP", "a WebP picture"),
    (b"RIFF....WAVE", "a sound file (WAV)"),
    (b"ID3", "a sound file (MP3)"),
    (b"fLaC", "a sound file (FLAC)"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b".RMF", "a RealMedia file"),
    (b"DKIF", "an IVF file"),
    (b"YUV4MPEG2", "a Y4M file"),
    (b"nut/multimedia", "a NUT file"),
    (b"FWS", "a Flash animation"),
    (b"CWS", "a Flash animation"),
    (b"#EXTM3U", "a playlist without the video itself"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Return the opened container; raises UnreadableVideo when it is none that is read."""
    try:
        container = av.open(str(path), options=_OPEN_OPTIONS)
    except (av.FFmpegError, ValueError, OSError):
        raise UnreadableVideo(_refusal(path)) from None
    with container:
        yield container


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Return the container and its video stream; raises UnreadableVideo when there is none."""
    with open_container(path) as container:
        yield container, container.streams.video[_film(path, container)]


def _refusal(path: Path) -> str:
    name = safe_name(path)
    with path.open("rb") as file:
        head = file.read(64)
    head = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    for signature, what in _SIGNATURES:
        fits = (s in (h, ord(".")) for s, h in zip(signature, head, strict=False))
        if len(head) >= len(signature) and all(fits):
            return f"'{name}' is {what}; use a video, such as an {FORMATS} file."
    return (
        f"'{name}' is not a video that can be read, or it is cut off or damaged; use a "
        f"complete {FORMATS} file."
    )


class _Extent(NamedTuple):
    """How much of a film a stream holds."""

    frames: int
    seconds: float


def _film(path: Path, container: InputContainer) -> int:
    """Return which of the video streams is the film, and not a cover, a thumbnail or a preview.

    A stream with more than one frame goes before one with a single picture, then the default one, then the
    longest, then the one with the largest pictures.
    """
    name = safe_name(path)
    streams = container.streams.video
    films = [k for k, s in enumerate(streams) if not s.disposition & _NO_FILM]
    # A codec that this build of FFmpeg does not know has no context, whatever the stubs say.
    known = [k for k in films if streams[k].codec_context is not None]
    if films and not known:
        raise UnreadableVideo(
            f"'{name}' uses a video codec that is not known here; convert it to H.264 mp4."
        )
    unread = [streams[k].codec.canonical_name for k in known]
    known = [k for k in known if streams[k].codec.canonical_name in CODEC_NAMES]
    if unread and not known:
        raise UnreadableVideo(
            f"'{name}' uses the video codec {unread[0]}, which is not read here; convert it to H.264 mp4."
        )
    sound = len(container.streams.audio) > 0
    stills = {k for k in known if streams[k].codec.canonical_name in _OF_STILLS}
    if len(known) > 1 or (sound and stills):
        status = path.stat()
        extents = _extents(path, (status.st_size, status.st_mtime_ns), tuple(known))
        if sound:
            known = [k for k in known if k not in stills or extents[k].frames > 1]
        known.sort(
            reverse=True,
            key=lambda k: (
                extents[k].frames > 1,
                bool(streams[k].disposition & Disposition.default),
                round(extents[k].seconds, 1),
                streams[k].codec_context.width * streams[k].codec_context.height,
            ),
        )
    if known:
        return known[0]
    if sound:
        what = "only sound and its cover" if len(streams) else "only sound"
    else:
        what = "only a still picture" if len(streams) else "no picture"
    raise UnreadableVideo(f"'{name}' contains {what}; use a file with a video track.")


@lru_cache(maxsize=16)
def _extents(
    path: Path, version: tuple[int, int], numbers: tuple[int, ...]
) -> Mapping[int, _Extent]:
    """Return {number of a video stream: its extent}, read from a container of its own.

    A file is opened once for each seek, and read whole for this only once: `version` tells whether it
    is still the same.
    """
    found = dict.fromkeys(numbers, _Extent(0, 0.0))
    with open_container(path) as container:
        streams = {container.streams.video[k].index: k for k in numbers}
        starts: dict[int, float] = {}
        try:
            for packet in container.demux([container.streams[index] for index in streams]):
                if not packet.size or packet.is_discard:
                    continue
                k = streams[packet.stream_index]
                ticks = packet.dts if packet.pts is None else packet.pts
                seconds = float((ticks or 0) * packet.time_base)
                length = seconds - starts.setdefault(k, seconds)
                found[k] = _Extent(found[k].frames + 1, max(found[k].seconds, length))
        except av.FFmpegError:
            pass  # What was read up to the damage tells them apart.
    return found
