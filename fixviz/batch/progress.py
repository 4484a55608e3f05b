"""Tell on standard error how far the analysis of many clips is, and how long it will still take."""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from fixviz.engine.estimate import duration
from fixviz.media.files import safe_name
from fixviz.tasks.status import JobStatus

if TYPE_CHECKING:
    from fixviz.batch.clip_rows import ClipRow
    from fixviz.batch.work import ClipEnd

_RECENT: Final = 50
"""Clips whose pace tells how long the rest takes."""
_BAR: Final = 24
_EVERY_S: Final = 10.0
"""How often a line is written where no terminal shows it."""


class Progress:
    """Count clips, and keep one line up to date; without a terminal, write a line now and then."""

    def __init__(self, total: int, *, shown: bool = True, lines: bool | None = None) -> None:
        """Prepare. shown: whether to write at all. lines: whether on new lines, not on one that changes."""
        self.total, self.done, self.failed = total, 0, 0
        self.new = 0
        """Clips that were computed, and not found."""
        self._shown = shown
        changing = sys.stderr.isatty() or "ipykernel" in sys.modules
        self._lines = not changing if lines is None else lines
        # When the last clips were done, of those that took work.
        self._times: deque[float] = deque([time.monotonic()], maxlen=_RECENT + 1)
        self._part = 0.0
        self._now = ""
        self._width = 0
        self._written = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and not self._lines and self._width:
            sys.stderr.write("\n")
            self._width = 0

    def show(self, clip: ClipRow, status: JobStatus) -> None:
        """Tell where the clip at work stands."""
        self._part, self._now = status.progress, safe_name(clip.name)
        self._write()

    def count(self, end: ClipEnd) -> None:
        """Count a clip that is done; write the sentence of one that failed."""
        self.done += 1
        self._part = 0.0
        if end.error is not None:
            self.failed += 1
            self.say(str(end.error))
        if end.state == "computed":
            self.new += 1
        if end.state in ("computed", "failed"):
            self._times.append(time.monotonic())
        self._write(last=self.done == self.total)

    def say(self, sentence: str) -> None:
        """Write a sentence on a line of its own."""
        if self._shown:
            text = sentence.encode("utf-8", "backslashreplace").decode()
            sys.stderr.write(f"{self._cleared()}{text}\n")
            self._width = 0

    def line(self) -> str:
        """Return how far it is, in one line."""
        share = (self.done + self._part) / max(1, self.total)
        filled = round(_BAR * min(1.0, share))
        parts = [f"[{'#' * filled:<{_BAR}}] {self.done} of {self.total} clips"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        left_s = self.left_s()
        if left_s is not None:
            parts.append(f"about {duration(left_s)} left")
        return ", ".join(parts) + (f"  {self._now}" if self._now else "")

    def left_s(self) -> float | None:
        """Return the seconds that the rest is expected to take; None as long as that is not known."""
        taken = len(self._times) - 1
        if taken < 1 or self.done == self.total:
            return None
        pace = (self._times[-1] - self._times[0]) / taken
        return pace * max(0.0, self.total - self.done - self._part)

    def _write(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if not self._shown or (self._lines and now - self._written < _EVERY_S and not last):
            return
        self._written = now
        line = self.line().encode("utf-8", "backslashreplace").decode()
        # A line that breaks could not be written over.
        line = line if self._lines else line[: shutil.get_terminal_size().columns - 1]
        if self._lines:
            sys.stderr.write(f"{line}\n")
        else:
            sys.stderr.write(f"{self._cleared()}{line}")
            self._width = len(line)
        sys.stderr.flush()

    def _cleared(self) -> str:
        return f"\r{' ' * self._width}\r" if self._width else ""
