"""Tell which servers of one home are alive: each holds a lock that the system frees when its process ends."""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from fixviz.store.files import make_private

_FOLDER: Final = "servers"
_ID: Final = re.compile(r"[0-9a-f]{32}")


class Living:
    """Hold the lock of one server, from the first call of `id` on. Safe to use from many threads."""

    def __init__(self, home: Path) -> None:
        self._folder = home / _FOLDER
        self._own = secrets.token_hex(16)
        self._guard = threading.Lock()
        self._lock: FileLock | None = None

    def id(self) -> str:
        """Return the id of this server, which counts as alive from now on. Raises OSError."""
        with self._guard:
            if self._lock is None:
                make_private(self._folder)
                lock = FileLock(self._path(self._own), thread_local=False)
                lock.acquire(timeout=0)
                self._lock = lock
        return self._own

    def is_alive(self, server: str) -> bool:
        """Tell whether the server with this id runs; False for what is no id."""
        if server == self._own:
            return self._lock is not None
        if not _ID.fullmatch(server) or not self._path(server).exists():
            return False
        try:
            with FileLock(self._path(server), timeout=0):
                pass
        except (Timeout, OSError):
            return True
        with contextlib.suppress(OSError):
            self._path(server).unlink()
        return False

    def end(self) -> None:
        """Count as stopped from now on."""
        with self._guard:
            lock, self._lock = self._lock, None
            if lock is not None:
                lock.release()
                with contextlib.suppress(OSError):
                    self._path(self._own).unlink()

    def _path(self, server: str) -> Path:
        return self._folder / f"{server}.lock"
