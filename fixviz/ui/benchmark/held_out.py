"""Clips of an evaluation as pictures: drawn from their seeds in a process of their own, and shared.

Drawing needs torch, which the server does not load. The process starts when somebody wants clips, and ends
when nobody has wanted any for a while. What it drew is kept in memory for all visitors, up to a size.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fixviz.errors import FixvizError
from fixviz.evaluation.held_out import BATCH, BatchTask, ClipSet, ClipTask, DrawnClip
from fixviz.reading.sharing import SharedCache
from fixviz.tasks.process import TaskProcess

_log = logging.getLogger(__name__)
_MOST_BYTES: Final = 32 * 10**6
"""About 3,000 clips of 64 pixels, so all of one preset and seed several times."""
_IDLE_S: Final = 120.0
_LONGEST_S: Final = 60.0
_STRIPS: Final = "fixviz.evaluation.held_out:draw_strips"
_CLIP: Final = "fixviz.evaluation.held_out:draw_clip"
_WARM_UP: Final = "fixviz.evaluation.held_out:warm_up"


class HeldOutClips:
    """Draw clips for pages, one batch at a time; safe to use from many threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES, idle_s: float = _IDLE_S) -> None:
        self._kept: SharedCache[ClipSet] = SharedCache(most_bytes)
        self._idle_s = idle_s
        self._process = TaskProcess(name="clips")
        self._turn = threading.Lock()
        self._abort = threading.Event()
        self._used = 0.0
        self._watched = False
        atexit.register(self.close)

    def strips(self, clips: ClipSet, numbers: Sequence[int]) -> Iterator[dict[int, bytes]]:
        """Yield the clips with these numbers, more with each batch, as WebP strips of their frames.

        Raises OptionError for clips that a page does not show, and JobError where drawing failed.
        """
        found: dict[int, bytes] = {}
        for batch in dict.fromkeys(number // BATCH for number in numbers):
            drawn = self._batch(clips, batch)
            found |= {n: drawn[n % BATCH] for n in numbers if n // BATCH == batch}
            yield found

    def _batch(self, clips: ClipSet, batch: int) -> tuple[bytes, ...]:
        def make() -> tuple[bytes, ...]:
            strips: tuple[bytes, ...] = self._call(_STRIPS, BatchTask(clips, batch))
            return strips

        return self._kept.get(clips, batch, make)

    def clip(self, clips: ClipSet, number: int) -> DrawnClip:
        """Return one clip with its masks. Raises what `strips` raises."""
        drawn: DrawnClip = self._call(_CLIP, ClipTask(clips, number))
        return drawn

    def warm_up(self) -> None:
        """Start the process in the background, so that the first clip does not wait for it."""
        if not self._process.running and not self._kept.sharing.kept:
            threading.Thread(target=self._try_warm_up, name="fixviz-clips", daemon=True).start()

    def close(self) -> None:
        """End the process for good."""
        self._abort.set()
        self._process.kill()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.running

    def _try_warm_up(self) -> None:
        with contextlib.suppress(FixvizError):
            self._call(_WARM_UP, None)

    def _call(self, function: str, task: object) -> Any:
        with self._turn:
            self._used = time.monotonic()
            self._watch()
            try:
                return self._process.call(
                    function,
                    task,
                    timeout_s=_LONGEST_S,
                    grace_s=0.0,
                    stop=self._abort,
                    abort=self._abort,
                    on_event=lambda kind, content: None,
                )
            finally:
                self._used = time.monotonic()

    def _watch(self) -> None:
        """See to it that the process ends once nobody uses it."""
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._end_when_idle, name="fixviz-idle", daemon=True).start()

    def _end_when_idle(self) -> None:
        while not self._abort.wait(max(0.05, self._used + self._idle_s - time.monotonic())):
            with self._turn:
                if time.monotonic() - self._used >= self._idle_s:
                    self._process.kill()
                    self._watched = False
                    return


CLIPS: Final = HeldOutClips()
"""Those of this server."""
