"""Define what all lanes have in common: a fair queue, what is at work, and how both are told of the work."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from fixviz.engine.fair_queue import FairQueue
from fixviz.engine.jobs import DeviceReport, MeasureTask, WarmUpTask
from fixviz.engine.tickets import Execution
from fixviz.engine.waiting_time import Durations
from fixviz.errors import FixvizError
from fixviz.tasks.status import State

DECODED = 0.15
"""Share of the progress that decoding makes up."""

OnEnd = Callable[[Execution, FixvizError | None], None]
OnMeasured = Callable[[FixvizError | None], None]


class Watched(Protocol):
    """Declare what is told of a process that works for a lane."""

    name: str
    """decoder or worker."""

    def state(self) -> str:
        """Return how it is, as one of the words of `fixviz.engine.health`."""

    def memory_bytes(self) -> int:
        """Return the memory that it holds on this machine."""


class BaseLane(ABC):
    """Hold the executions that wait for one kind of worker, and those that are at work.

    `changed`, the engine's condition, guards the state. `on_end` is called once for each execution that
    was taken from the queue, without holding the condition.
    """

    def __init__(
        self, device: str, changed: threading.Condition, on_end: OnEnd, durations: Durations
    ) -> None:
        self.device = device
        self.report: DeviceReport | None = None
        self.waiting = FairQueue()
        self.at_work: list[Execution] = []
        """Taken from the queue and not ended yet, in order."""
        self.durations = durations
        self._changed, self._tell_end = changed, on_end
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        """Those that lead the work; each lane starts its own."""

    @abstractmethod
    def warm_up(self, task: WarmUpTask) -> None:
        """Start what computes and load models, before all executions that wait."""

    @abstractmethod
    def measure(self, task: MeasureTask, on_measured: OnMeasured) -> None:
        """Measure what models cost while no execution waits; one that comes interrupts it for a while.

        Callers hold the condition. on_measured: called once, without holding it, with the error if it failed.
        """

    @abstractmethod
    def processes(self) -> Sequence[Watched]:
        """Return what computes for the lane, to be told of."""

    @abstractmethod
    def _take_back(self, execution: Execution) -> bool:
        """Tell whether an execution at work is with nobody at the moment, and keep it from being taken.

        Callers hold the condition.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop all work. Callers have set `stop` of all executions before."""

    def is_running(self) -> bool:
        """Tell whether the threads that lead the work are alive."""
        return all(thread.is_alive() for thread in self._threads)

    def drop(self, execution: Execution) -> bool:
        """Take an execution out of the queue; return False when it is being worked on already."""
        with self._changed:
            if execution in self.waiting:
                self.waiting.remove(execution)
                return True
            if not self._take_back(execution):
                return False
            self.at_work.remove(execution)
            self._changed.notify_all()
            return True

    def wait_s(self, ahead: Iterable[Execution]) -> float:
        """Return the seconds until the turn of what comes after these. Callers hold the condition."""
        return self.durations.wait(self.at_work, ahead)

    def _on_end(self, execution: Execution, error: FixvizError | None) -> None:
        with self._changed:
            self.at_work.remove(execution)
            if error is None:
                self.durations.note(execution)
        self._tell_end(execution, error)

    def _note_progress(self, execution: Execution, state: State, content: Any) -> None:
        """Note what a step in this state says of its own progress: a share of 0 to 1, and a phrase."""
        fraction, message = content
        start, end = (0.0, DECODED) if state == "decoding" else (DECODED, 1.0)
        with self._changed:
            if execution.state == state:
                execution.at(state, start + (end - start) * fraction, message)
                self._changed.notify_all()

    def _note_device(self, report: DeviceReport) -> None:
        with self._changed:
            self.report = report
            self.device = report.name
            self._changed.notify_all()
