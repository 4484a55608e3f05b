"""Frames of videos for training: decoded once, resized, kept in pieces in a ClipCache.

A piece holds up to 128 frames, so that a long video never lies in memory as a whole, and a part of it
costs only the pieces it touches. Frames are kept at the video's own rate, at most 30 per second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.data.clip_cache import ClipCache, key_of
from fixviz.errors import MediaError
from fixviz.media.clip import VideoInfo
from fixviz.media.decode import decode_clip, read_info
from fixviz.media.files import check_file, safe_name
from fixviz.settings import Settings

PIECE = 128
_FASTEST_HZ = 30.0
_VERSION = 1
"""Of what the files of a cache hold; with another one they are not found and made anew."""
_ROUNDING = 1e-6

Size = tuple[int, int]
SizeOf = Callable[[int, int], Size]
"""From height and width of a video to those at which its frames are kept."""


@dataclass(frozen=True)
class VideoFacts:
    """What has to be known of a video before it is decoded."""

    sha256: str
    duration_s: float
    fps: float
    height: int
    width: int

    @property
    def rate_hz(self) -> float:
        """Frames per second that are kept."""
        return self.fps if self.fps <= 1.02 * _FASTEST_HZ else _FASTEST_HZ

    @property
    def frames(self) -> int:
        """Number of frames that are kept."""
        return max(1, int(np.ceil(self.duration_s * self.rate_hz - 1e-3)))

    def key(self, piece: int, size: Size) -> str:
        """Return the name of a piece in a cache."""
        return key_of(_VERSION, self.sha256, f"{self.rate_hz:.6f}", *size, piece)

    def frame_at(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the numbers of the kept frames that are on screen at times in the video."""
        numbers = np.floor(seconds * self.rate_hz + _ROUNDING).astype(np.int64)
        return np.clip(numbers, 0, self.frames - 1)

    def span(self, start_s: float, end_s: float | None) -> tuple[int, int]:
        """Return (first, number of) the kept frames of a part of the video; at least one."""
        first = int(self.frame_at(np.array([start_s]))[0])
        if end_s is None:
            return first, self.frames - first
        end = int(np.ceil(end_s * self.rate_hz - _ROUNDING))
        return first, max(1, min(end, self.frames) - first)


def named(error: MediaError, path: Path) -> MediaError:
    """Return the same error with the whole path, since many files of a data set have the same name."""
    sentence, name = str(error), f"'{safe_name(path)}'"
    told = sentence.replace(name, f"'{path}'") if name in sentence else f"'{path}': {sentence}"
    return type(error)(told)


def read_facts(path: Path, cache: ClipCache, settings: Settings) -> VideoFacts:
    """Describe a video, from a note beside the cache where the file is unchanged. Raises MediaErrors.

    Meant for a process that can be killed, as is `decode_piece`.
    """
    file = check_file(path, settings)
    status = file.stat()
    note = cache.folder / "files" / f"{key_of(file, status.st_size, status.st_mtime_ns)}.json"
    try:
        return VideoFacts(**json.loads(note.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    info: VideoInfo = read_info(file, settings)
    facts = VideoFacts(info.sha256, info.duration_s, info.fps, info.height, info.width)
    if cache.limit_bytes:
        try:
            note.parent.mkdir(parents=True, exist_ok=True)
            temporary = note.with_name(f"{uuid4().hex}.new")
            temporary.write_text(json.dumps(asdict(facts)), "utf-8")
            temporary.replace(note)
        except OSError:
            pass  # It is read again next time.
    return facts


def decode_piece(
    path: Path, facts: VideoFacts, piece: int, size: Size, settings: Settings
) -> NDArray[np.uint8]:
    """Decode and resize one piece, uint8 RGB [n, height, width, 3]. Raises MediaErrors.

    Where frames at the end of a damaged video cannot be decoded, the last one stands in for them.
    """
    first = piece * PIECE
    count = min(PIECE, facts.frames - first)
    clip = decode_clip(
        path,
        rate_hz=facts.rate_hz,
        start_s=first / facts.rate_hz,
        frames=count,
        settings=replace(settings, max_frames=PIECE),
        next_frames=False,
    )
    shrinks = size[0] < clip.frames.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    frames = [cv2.resize(f, size[::-1], interpolation=method) for f in clip.frames]
    frames += [frames[-1]] * (count - len(frames))
    return np.stack(frames).astype(np.uint8, copy=False)


def keep_piece(
    path: Path,
    facts: VideoFacts,
    piece: int,
    size: Size,
    cache: ClipCache,
    settings: Settings,
) -> bool:
    """Decode a piece into the cache unless it is there; tell whether it is kept now. Raises MediaErrors."""
    key = facts.key(piece, size)
    if cache.load(key) is not None:
        return True
    return cache.store(key, decode_piece(path, facts, piece, size, settings))


class StoredFrames:
    """Frames of videos by number, out of the cache, or decoded where they are not in it.

    The same frames either way, so a result does not depend on what a cache had room for.
    """

    def __init__(self, cache: ClipCache, settings: Settings) -> None:
        self.cache = cache
        self.settings = settings
        # What the cache has no room for is decoded again; neighbors in time often follow each other.
        self._decoded = lru_cache(maxsize=2)(self._decode)

    def __getstate__(self) -> dict[str, object]:
        return {"cache": self.cache, "settings": self.settings}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def frames(
        self, path: Path, facts: VideoFacts, numbers: NDArray[np.int64], size: Size
    ) -> NDArray[np.uint8]:
        """Return kept frames by number, uint8 RGB [len(numbers), height, width, 3]. Raises MediaErrors."""
        result = np.empty((len(numbers), *size, 3), np.uint8)
        pieces = numbers // PIECE
        for piece in np.unique(pieces):
            stored = self.cache.load(facts.key(int(piece), size))
            if stored is None:
                stored = self._decoded(path, facts, int(piece), size)
            here = pieces == piece
            result[here] = stored[numbers[here] - piece * PIECE]
        return result

    def _decode(self, path: Path, facts: VideoFacts, piece: int, size: Size) -> NDArray[np.uint8]:
        try:
            frames = decode_piece(path, facts, piece, size, self.settings)
        except MediaError as error:
            raise named(error, path) from error
        self.cache.store(facts.key(piece, size), frames)
        return frames
