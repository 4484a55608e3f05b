"""Decoded and resized frames kept on disk by what they hold, within a limit of space."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

_ENDING = ".npy"
_STALE_S = 24 * 3600.0
"""Age after which a file that somebody began to write is taken for left behind."""
_HEADER = 128
"""Bytes that a file has beside its array."""
_COUNT_EVERY = 100
"""Stores between two looks at what the folder holds."""


def key_of(*parts: object) -> str:
    """Return a name for what is made from `parts`: content, settings, numbers."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


class ClipCache:
    """A folder of arrays, each whole or absent: a file is written under another name, then renamed.

    Once `limit_bytes` are used nothing more is stored, so that a data set larger than the limit keeps
    what it has: taking out the oldest would throw out each clip just before it is needed again.
    Several processes may share the folder.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._used = 0
        self._until_count = 0

    def path(self, key: str) -> Path:
        """Return where the array of a key is kept."""
        return self.folder / key[:2] / f"{key}{_ENDING}"

    def load(self, key: str) -> NDArray[np.uint8] | None:
        """Return the array, mapped from the file; None where it is absent or damaged."""
        try:
            return np.load(self.path(key), mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError):
            with suppress(OSError):
                self.path(key).unlink()
            return None

    def store(self, key: str, array: NDArray[np.uint8]) -> bool:
        """Keep an array if there is room; tell whether it was kept. A full disk counts as no room."""
        size = array.nbytes + _HEADER
        if size > self.limit_bytes:
            return False
        if self._until_count == 0:  # others may have stored, too
            self._used, self._until_count = self.used_bytes(), _COUNT_EVERY
        self._until_count -= 1
        if self._used + size > self.limit_bytes:
            return False
        path = self.path(key)
        temporary = path.with_name(f"{uuid4().hex}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.save(file, array)
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            return False
        self._used += size
        return True

    def used_bytes(self) -> int:
        """Return the size of all files, also of those being written."""
        return sum(size for _, size, _ in self._files())

    def make_room(self, keep: Collection[str]) -> None:
        """Delete what is not among the keys `keep`, the longest unused first, until half is free.

        Also files that an interrupted process left half written.
        """
        found = sorted((used, path, size) for path, size, used in self._files())
        used = sum(size for _, _, size in found)
        for last_use, path, size in found:
            partial = path.suffix != _ENDING
            stale = partial and time.time() - last_use > _STALE_S
            spare = not partial and path.stem not in keep and used > self.limit_bytes / 2
            if stale or spare:
                with suppress(OSError):
                    path.unlink()
                    used -= size

    def _files(self) -> list[tuple[Path, int, float]]:
        """Return (path, bytes, time of last use) of each file."""
        found = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                found.append((path, status.st_size, max(status.st_atime, status.st_mtime)))
        return found
