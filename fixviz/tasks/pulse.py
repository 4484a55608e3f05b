"""Notice that a process stands still: suspended from outside, or waiting for what never comes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import psutil

_LOOK_EVERY_S: Final = 0.25
_SUSPENDED_S: Final = 1.5
"""A process that stays suspended for so long counts as hanging: nobody may wake it up."""


class Pulse:
    """Watch one process while it works on a task.

    idle_s: seconds without any use of the processor after which it counts as hanging; None for a process that
    may wait for something else, such as a GPU.
    """

    def __init__(self, idle_s: float | None) -> None:
        self._idle_s = idle_s
        self._looked = self._awake = self._busy = float("-inf")
        self._used = -1.0

    def hangs(self, worker: psutil.Process, now: float) -> bool:
        """Tell whether the process hangs. now: seconds of a monotonic clock."""
        if now - self._looked < _LOOK_EVERY_S:
            return False
        if self._looked == float("-inf"):
            self._awake = self._busy = now
        self._looked = now
        try:
            status, times = worker.status(), worker.cpu_times()
        except psutil.Error:
            # It is gone, which others notice, and its successor has not started yet.
            self._awake = self._busy = now
            return False
        used = times.user + times.system
        if status not in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
            self._awake = now
        # A slow disk is no fault of the process.
        if used != self._used or status == psutil.STATUS_DISK_SLEEP:
            self._used, self._busy = used, now
        idle = self._idle_s is not None and now - self._busy > self._idle_s
        return idle or now - self._awake > _SUSPENDED_S


def memory_kills() -> int:
    """Return how many processes this machine has killed for want of memory; 0 where it does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
