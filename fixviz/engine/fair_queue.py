"""Queue executions so that every visitor has a turn, however much one of them asks for.

Start-time fair queuing (Goyal, Vin and Cheng, 1996) with jobs of equal weight: each job has a start tag,
which is one more than that of the same visitor's job before it, and never less than that of the job that was
taken last. The job with the smallest tag is next; among equals, the one that came first.
"""

from __future__ import annotations

from collections.abc import Iterator

from fixviz.engine.tickets import Execution


class FairQueue:
    """Hold the executions that wait for one lane. The engine's condition guards it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Execution]] = []
        self._now = 0
        """Start tag of the execution that was taken last."""
        self._next: dict[str, int] = {}
        """Start tag of each visitor's next execution, where it is above `_now`."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, execution: Execution) -> bool:
        return any(found is execution for _, found in self._waiting)

    def __iter__(self) -> Iterator[Execution]:
        return (execution for _, execution in self._waiting)

    def put(self, execution: Execution, visitor: str) -> None:
        """Add an execution that a visitor asks for."""
        start = max(self._now, self._next.get(visitor, 0))
        self._next[visitor] = start + 1
        self._waiting.append((start, execution))
        # A stable sort: equal tags stay in the order in which they came.
        self._waiting.sort(key=lambda entry: entry[0])

    def hasten(self, execution: Execution, visitor: str) -> None:
        """Note that another visitor asks for an execution that waits: it has the better of both turns."""
        start = max(self._now, self._next.get(visitor, 0))
        for place, (tag, found) in enumerate(self._waiting):
            if found is execution and start < tag:
                self._waiting[place] = (start, found)
                self._waiting.sort(key=lambda entry: entry[0])
                return

    def take(self) -> Execution:
        """Remove and return the execution that is next. Raises IndexError when none waits."""
        self._now, execution = self._waiting.pop(0)
        self._next = {visitor: tag for visitor, tag in self._next.items() if tag > self._now}
        return execution

    def remove(self, execution: Execution) -> None:
        """Take an execution out that nobody waits for any more."""
        self._waiting = [entry for entry in self._waiting if entry[1] is not execution]

    def ahead(self, execution: Execution) -> list[Execution] | None:
        """Return the executions that come before one, in order; None when it does not wait here."""
        if execution not in self:
            return None
        order = list(self)
        return order[: order.index(execution)]
