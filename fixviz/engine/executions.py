"""All that waits or runs in an engine, by what it computes, and the lanes it goes through."""

from __future__ import annotations

import secrets
import shutil
import threading

from fixviz.engine.jobs import DeviceReport
from fixviz.engine.lane import Lane, OnEnd
from fixviz.engine.plan import DerivePlan, Plan
from fixviz.engine.steps import Functions
from fixviz.engine.tickets import Execution
from fixviz.errors import OptionError, QueueFull
from fixviz.settings import Settings


class Executions:
    """The executions under way, at most one for each plan's key.

    Guarded by `changed`, the engine's condition: the caller of any method holds it. `on_end` is what
    the lanes call (see `Lane`), without the condition held.
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

    def join(self, plan: Plan | DerivePlan) -> Execution:
        """The execution that computes the plan: the one under way, or a new one, last in its queue.

        Raises OptionError for a device that is not there, QueueFull.
        """
        return self._under_way.get(plan.key) or self._enqueue(plan)

    def of(self, key: str) -> Execution | None:
        """The execution that computes the plan with this key now."""
        return self._under_way.get(key)

    def under_way(self) -> list[Execution]:
        """All that wait or run, but those that were stopped."""
        return list(self._under_way.values())

    def place(self, execution: Execution) -> int | None:
        """Its place in the queue of its lane, 1 is next; None when it does not wait."""
        for lane in self._lanes:
            if execution in lane.waiting:
                return lane.waiting.index(execution) + 1
        return None

    def forget(self, execution: Execution) -> None:
        """Note that it has ended or will: who asks for the same from here on does not join it."""
        if self._under_way.get(execution.plan.key) is execution:
            del self._under_way[execution.plan.key]

    def stop(self, execution: Execution) -> None:
        """Forget it, and have it end: at once while it waits, soon when a process works on it."""
        execution.stop.set()
        self.forget(execution)
        if any(lane.drop(execution) for lane in self._lanes):
            shutil.rmtree(execution.scratch, ignore_errors=True)

    def lane(self, device: str) -> Lane:
        """The lane of a device, new if need be. Different names of one device share its lane.

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

    def reports(self) -> tuple[DeviceReport, ...]:
        """What the workers that have started run on."""
        return tuple(lane.report for lane in self._lanes if lane.report is not None)

    def release_lanes(self) -> list[Lane]:
        """Let go of all lanes. Closing them waits for their threads: only without the condition."""
        lanes, self._lanes = self._lanes, []
        return lanes

    def _enqueue(self, plan: Plan | DerivePlan) -> Execution:
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
