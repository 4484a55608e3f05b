"""Estimate how long a job waits for its turn, from how long the last ones took."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from fixviz.engine.plan import Plan
from fixviz.engine.tickets import Execution

_FIRST_S: Final = {"analysis": 20.0, "derived": 3.0, "teaching": 40.0, "cost": 30.0}
"""Seconds for one model on two cores, until jobs of the kind have been measured."""
_FIRST_OTHER_S: Final = 20.0
_KEPT: Final = 20
_TELLING: Final = 0.1
"""Share of the work from which on the progress tells how long the rest takes."""


class Durations:
    """Keep how long the last jobs of each kind took, per model. The engine's condition guards it."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}

    def note(self, execution: Execution) -> None:
        """Note that an execution has just been done."""
        if execution.began is not None:
            taken = (time.monotonic() - execution.began) / _models(execution)
            self._seconds.setdefault(execution.plan.kind, deque(maxlen=_KEPT)).append(taken)

    def whole(self, execution: Execution) -> float:
        """Return the seconds that an execution is expected to take."""
        kind = execution.plan.kind
        known = self._seconds.get(kind)
        each = statistics.median(known) if known else _FIRST_S.get(kind, _FIRST_OTHER_S)
        return each * _models(execution)

    def left(self, execution: Execution) -> float:
        """Return the seconds that an execution at work is expected to need still."""
        whole = self.whole(execution)
        if execution.began is None:
            return whole
        passed = time.monotonic() - execution.began
        done = execution.done_since_began
        if done > _TELLING:
            return passed * (1 - done) / done
        return max(whole - passed, 0.0)

    def wait(self, at_work: Iterable[Execution], ahead: Iterable[Execution]) -> float:
        """Return the seconds until the turn of what comes after these."""
        return sum(map(self.left, at_work)) + sum(map(self.whole, ahead))


def about(seconds: float) -> str:
    """Write a time that is only roughly known, such as "about 5 minutes"."""
    if seconds < 15:
        return "a few seconds"
    if seconds < 50:
        return f"about {round(seconds / 10) * 10} seconds"
    if seconds < 90:
        return "about a minute"
    if seconds < 3600:
        return f"about {round(seconds / 60)} minutes"
    return "more than an hour"


def _models(execution: Execution) -> int:
    return len(execution.plan.models) if isinstance(execution.plan, Plan) else 1
