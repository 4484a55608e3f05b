"""Check stored files against the SHA-256 that they are named by, once for each state of a file."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fixviz.errors import DamagedRun
from fixviz.store.damage import damaged, unreadable
from fixviz.store.layout import Layout
from fixviz.store.manifests import entries, read_manifest

REMEMBERED: Final = 100_000
_JUST_NOW_NS: Final = 10**8
"""Times of files are coarse: a file may change twice within milliseconds and show the same times."""

_State = tuple[int, int, int, int]


class Soundness:
    """Remember which artifacts of a home are as they were written; threads may share it.

    A file is hashed when it is first read, and again when its inode, size or times have changed.
    """

    def __init__(self, layout: Layout, remembered: int = REMEMBERED) -> None:
        """Make a memory of so many files, those that were checked last."""
        self._layout, self._remembered = layout, remembered
        self._sound: dict[str, _State] = {}

    def check(self, sha: str) -> os.stat_result:
        """Return the status of an artifact's file.

        Raises DamagedRun where it is missing or not what was written; StorageError where it cannot be read.
        """
        path = self._layout.artifact(sha)
        try:
            status = path.stat()
            if self._sound.get(sha) != _state(status):
                self._hash(sha, path)
        except FileNotFoundError:
            raise damaged() from None
        except OSError as error:
            raise unreadable(error) from error
        return status

    def manifest(self, manifest: Mapping[str, Any]) -> bool:
        """Tell whether all artifacts of a manifest are as they were written. Raises StorageError."""
        try:
            return all(self.check(e["sha"]).st_size == e["bytes"] for e in entries(manifest))
        except (DamagedRun, KeyError, TypeError, AttributeError):
            return False

    def run(self, key: str) -> bool:
        """Tell whether run `key` exists with all its artifacts as they were written. Raises StorageError."""
        try:
            return self.manifest(read_manifest(self._layout, key))
        except (FileNotFoundError, ValueError):
            return False
        except OSError as error:
            raise unreadable(error) from error

    def _hash(self, sha: str, path: Path) -> None:
        """Hash the file and remember its state. Raises OSError, DamagedRun."""
        with path.open("rb") as file:
            # The state of what is being read: another file may take its place meanwhile.
            state = _state(os.fstat(file.fileno()))
            if hashlib.file_digest(file, "sha256").hexdigest() != sha:
                raise damaged()
        if time.time_ns() - state[-1] < _JUST_NOW_NS:
            return
        while len(self._sound) >= self._remembered:
            self._sound.pop(next(iter(self._sound)), None)
        self._sound[sha] = state


def _state(status: os.stat_result) -> _State:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
