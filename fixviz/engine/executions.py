"""Hold all executions that wait or run in an engine, and the lanes that they go through."""

from __future__ import annotations

import secrets
import shutil
import threading

from fixviz import metrics
from fixviz.engine.jobs import DeviceReport
from fixviz.engine.lane import Lane, OnEnd
from fixviz.engine.plan import AnyPlan
from fixviz.engine.steps import Functions
from fixviz.engine.tickets import Execution
from fixviz.errors import JobCancelled, OptionError, QueueFull
from fixviz.settings import Settings
from fixviz.tasks.status import UNFINISHED, State


class Executions:
    """Hold the executions under way, at most one for each plan's key.

    Callers of any method hold `changed`, the engine's condition. The lanes call `on_end` (see `Lane`)
    without holding it.
    """

    def __init__(
        self,
        settings: Settings,
        functions: Functions,
        changed: threading.Condition,
        on_end: OnEnd,
    ) -> None:
        self._settings, self._functions = settings, functions
        self._changed, self._on_end = changed, on_end
        self._lanes: list[Lane] = []
        self._under_way: dict[str, Execution] = {}

    def join(self, plan: AnyPlan) -> Execution:
        """Return the execution that computes the plan: the one under way, or a new one, queued last.

        Raises OptionError for a device that is not there, QueueFull.
        """
        return self._under_way.get(plan.key) or self._enqueue(plan)

    def of(self, key: str) -> Execution | None:
        """Return the execution that computes the plan with this key now; None without one."""
        return self._under_way.get(key)

    def under_way(self) -> list[Execution]:
        """Return all executions that wait or run, without those that were stopped."""
        return list(self._under_way.values())

    def place(self, execution: Execution) -> int | None:
        """Return its place in the queue of its lane, from 1 for the next; None when it does not wait."""
        for lane in self._lanes:
            if execution in lane.waiting:
                return lane.waiting.index(execution) + 1
        return None

    def forget(self, execution: Execution) -> None:
        """Note that an execution has ended or will end: later requests do not join it."""
        if self._under_way.get(execution.plan.key) is execution:
            del self._under_way[execution.plan.key]

    def stop(self, execution: Execution) -> None:
        """Forget an execution and end it: at once while it waits, soon while a process works on it."""
        execution.stop.set()
        self.forget(execution)
        if any(lane.drop(execution) for lane in self._lanes):
            metrics.job_ended(execution.plan.kind, "cancelled", JobCancelled())
            shutil.rmtree(execution.scratch, ignore_errors=True)

    def lane(self, device: str) -> Lane:
        """Return the lane of a device, or make it. Different names of one device share a lane.

        Raises OptionError for a device that is not there, once the devices are known.
        """
        report = next(iter(self.reports()), None)
        wanted = device
        if report is not None:
            wanted = report.default if device == "auto" else device
            wanted = "cuda:0" if wanted == "cuda" else wanted
            if wanted not in report.available:
                listed = ", ".join(("auto", *report.available))
                raise OptionError(f"There is no device {device!r} here; use one of {listed}.")
        for lane in self._lanes:
            if lane.device == wanted:
                return lane
        lane = Lane(device, self._settings, self._functions, self._changed, self._on_end)
        self._lanes.append(lane)
        return lane

    def counts(self) -> dict[State, int]:
        """Return how many executions there are in each state but the finished ones."""
        states = [execution.state for execution in self._under_way.values()]
        return {state: states.count(state) for state in UNFINISHED}

    def lanes(self) -> list[Lane]:
        """Return the lanes that there are by now."""
        return list(self._lanes)

    def reports(self) -> tuple[DeviceReport, ...]:
        """Return the devices of the workers that have started."""
        return tuple(lane.report for lane in self._lanes if lane.report is not None)

    def release_lanes(self) -> list[Lane]:
        """Forget and return all lanes. Close them without the condition: that waits for their threads."""
        lanes, self._lanes = self._lanes, []
        return lanes

    def _enqueue(self, plan: AnyPlan) -> Execution:
        if sum(len(lane.waiting) for lane in self._lanes) >= self._settings.queue_size:
            raise QueueFull(
                f"{self._settings.queue_size} jobs are waiting already; try again in a few minutes."
            )
        lane = self.lane(plan.device)
        scratch = self._settings.home / "scratch" / secrets.token_hex(16)
        execution = Execution(plan, scratch, message="Waiting for its turn")
        lane.waiting.append(execution)
        self._under_way[plan.key] = execution
        return execution
