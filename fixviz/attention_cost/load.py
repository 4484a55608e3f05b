"""How much of the machine other programs have while something is measured."""

from __future__ import annotations

import psutil

_IDLE = ("idle", "iowait")


class OthersLoad:
    """What other programs take of the machine's processors from now on."""

    def __init__(self) -> None:
        self._all, self._busy, self._own = _seconds()

    def share(self) -> float:
        """Return their share of all processors since then, 0 to 1."""
        whole, busy, own = _seconds()
        spent = whole - self._all
        others = (busy - self._busy) - (own - self._own)
        return min(1.0, max(0.0, others / spent)) if spent > 0 else 0.0


def _seconds() -> tuple[float, float, float]:
    """Return seconds of all processors, those in which they worked, and those for this process."""
    times = psutil.cpu_times()._asdict()
    # Time for guests is counted in that of the programs that run them, too.
    whole = sum(value for name, value in times.items() if not name.startswith("guest"))
    idle = sum(times.get(name, 0.0) for name in _IDLE)
    own = psutil.Process().cpu_times()
    return whole, whole - idle, own.user + own.system
