"""Tell the time for deleting what has expired, such that a wrong clock deletes nothing."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Final

from fixviz.store.files import write_atomic

_FILE: Final = "clock"
_DAY_S: Final = 86_400.0


class SteadyClock:
    """Follow the system's clock, but not where it jumps forward while this process runs.

    A file in the home keeps the time of the last look. A clock that is more than a day ahead of it may be
    right, if fixviz did not run for so long, or wrong: `is_doubtful` says so once, and leaves time to set
    it.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE
        self._wall, self._monotonic = time.time(), time.monotonic()

    def now(self) -> float:
        """Return seconds since 1970, never more than have passed since this process started."""
        return min(time.time(), self._wall + time.monotonic() - self._monotonic)

    def is_doubtful(self) -> bool:
        """Tell whether the clock is more than a day ahead of the last look, and note this look."""
        now, last = self.now(), None
        with contextlib.suppress(OSError, ValueError):
            last = float(self._path.read_text(encoding="ascii"))
        with contextlib.suppress(OSError):
            if self._path.parent.is_dir():
                write_atomic(self._path, f"{now:.0f}".encode())
        return last is not None and now - last > _DAY_S
