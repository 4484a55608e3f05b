"""Hold all executions that wait or run in an engine, and the lanes that they go through."""

from __future__ import annotations

import secrets
import shutil
import threading

from fixviz import metrics
from fixviz.engine.base_lane import BaseLane, OnEnd
from fixviz.engine.jobs import DeviceReport
from fixviz.engine.lane import Lane
from fixviz.engine.plan import AnyPlan
from fixviz.engine.steps import Functions
from fixviz.engine.tickets import Execution
from fixviz.engine.waiting_time import Durations, about
from fixviz.errors import JobCancelled, NoSuchDevice, QueueFull
from fixviz.settings import Settings
from fixviz.tasks.status import UNFINISHED, State

_MOST_OF_ONE = 20
"""Most jobs of one visitor that wait, or a fifth of the queue where that is more."""


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
        workers: int = 1,
    ) -> None:
        self._settings, self._functions = settings, functions
        self._changed, self._on_end = changed, on_end
        self._workers = workers
        self._lanes: list[BaseLane] = []
        self._under_way: dict[str, Execution] = {}
        self._durations = Durations()

    def join(self, plan: AnyPlan, visitor: str) -> Execution:
        """Return the execution that computes the plan: the one under way, or a new one.

        visitor: who asks, for a fair order. Raises NoSuchDevice, QueueFull.
        """
        found = self._under_way.get(plan.key)
        if found is None:
            return self._enqueue(plan, visitor)
        for lane in self._lanes:
            lane.waiting.hasten(found, visitor)
        return found

    def of(self, key: str) -> Execution | None:
        """Return the execution that computes the plan with this key now; None without one."""
        return self._under_way.get(key)

    def under_way(self) -> list[Execution]:
        """Return all executions that wait or run, without those that were stopped."""
        return list(self._under_way.values())

    def turn(self, execution: Execution) -> tuple[int | None, float | None]:
        """Return its place, 1 for the next, and the estimated seconds until its turn.

        None and None when it does not wait.
        """
        for lane in self._lanes:
            ahead = lane.waiting.ahead(execution)
            if ahead is not None:
                return len(ahead) + 1, lane.wait_s(ahead)
        return None, None

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

    def lane(self, device: str) -> BaseLane:
        """Return the lane of a device, or make it. Different names of one device share a lane.

        A cluster has one lane for all: its nodes know their devices. Raises NoSuchDevice for one that is not
        there, once the devices are known.
        """
        if self._settings.engine != "local":
            if not self._lanes:
                self._lanes.append(self._cluster_lane())
            return self._lanes[0]
        report = next(iter(self.reports()), None)
        wanted = device
        if report is not None:
            wanted = report.default if device == "auto" else device
            wanted = "cuda:0" if wanted == "cuda" else wanted
            if wanted not in report.available:
                listed = ", ".join(("auto", *report.available))
                raise NoSuchDevice(f"There is no device {device!r} here; use one of {listed}.")
        for lane in self._lanes:
            if lane.device == wanted:
                return lane
        lane = Lane(
            device,
            self._settings,
            self._functions,
            self._changed,
            self._on_end,
            self._durations,
            self._workers,
        )
        self._lanes.append(lane)
        return lane

    def _cluster_lane(self) -> BaseLane:
        from fixviz.engine.cluster.lane import ClusterLane

        return ClusterLane(
            self._settings, self._functions, self._changed, self._on_end, self._durations
        )

    def counts(self) -> dict[State, int]:
        """Return how many executions there are in each state but the finished ones."""
        states = [execution.state for execution in self._under_way.values()]
        return {state: states.count(state) for state in UNFINISHED}

    def lanes(self) -> list[BaseLane]:
        """Return the lanes that there are by now."""
        return list(self._lanes)

    def reports(self) -> tuple[DeviceReport, ...]:
        """Return the devices of the workers that have started."""
        return tuple(lane.report for lane in self._lanes if lane.report is not None)

    def release_lanes(self) -> list[BaseLane]:
        """Forget and return all lanes. Close them without the condition: that waits for their threads."""
        lanes, self._lanes = self._lanes, []
        return lanes

    def _enqueue(self, plan: AnyPlan, visitor: str) -> Execution:
        self._drop_abandoned()
        waiting = [execution for lane in self._lanes for execution in lane.waiting]
        size = self._settings.queue_size
        if len(waiting) >= size:
            busiest = max(self._lanes, key=lambda lane: len(lane.waiting))
            seconds = busiest.wait_s(busiest.waiting) / 2
            raise QueueFull(
                f"All {size} places in the queue are taken. Come back in {about(seconds)} and start it "
                "again.",
                seconds,
            )
        mine = [execution for execution in waiting if execution.visitor == visitor]
        most = min(size, max(_MOST_OF_ONE, size // 5))
        if len(mine) >= most:
            seconds = self._durations.whole(mine[0])
            raise QueueFull(
                f"You have {most} jobs in the queue already. Come back in {about(seconds)}, when one of "
                "them is done.",
                seconds,
            )
        lane = self.lane(plan.device)
        scratch = self._settings.home / "scratch" / secrets.token_hex(16)
        execution = Execution(plan, scratch, message="Waiting for its turn", visitor=visitor)
        lane.waiting.put(execution, visitor)
        self._under_way[plan.key] = execution
        return execution

    def _drop_abandoned(self) -> None:
        """Stop what waits for its turn and nobody wants any more."""
        for execution in [e for lane in self._lanes for e in lane.waiting]:
            if execution.is_abandoned():
                for ticket in execution.tickets:
                    if ticket.end is None:
                        ticket.fail(JobCancelled("Nobody waited for it any more."))
                self.stop(execution)
