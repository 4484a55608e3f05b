"""Give an engine's executions to the actors of a Ray cluster, in the order of a fair queue.

Each slot stands for one actor on a node, which is started when something waits that no free actor could
take, and ended when it has had nothing to do for a while: that is what Ray's autoscaler goes by. An execution
whose node is lost goes back to the head of the queue, once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from fixviz import metrics
from fixviz.engine.base_lane import BaseLane, OnEnd, OnMeasured
from fixviz.engine.cluster.connection import Connection
from fixviz.engine.cluster.problems import ClusterRefused, ClusterUnreachable, NoActor, NodeLost
from fixviz.engine.jobs import MeasureTask, WarmUpTask
from fixviz.engine.steps import AGAIN, Functions, died
from fixviz.engine.tickets import Execution
from fixviz.engine.waiting_time import Durations
from fixviz.errors import FixvizError, JobCancelled, JobError
from fixviz.settings import Settings
from fixviz.tasks.status import State

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
_CALM_S: Final = 10.0
"""An actor that still waits for a node is given up when nothing has waited for it for so long."""
_IDLE_S: Final = 120.0
"""An actor without a job is ended after so long; the one that was warmed up stays."""
_PATIENCE_S: Final = 120.0
"""How long jobs wait for a cluster that cannot be reached."""
_ROOM_S: Final = 900.0
"""How long they wait for a node with room for them; a new machine may take minutes to start."""
_MOST_LOST, _MOST_CUT = 2, 5
"""An execution fails when so many nodes were lost with it, or the whole cluster so many times."""
_WAITING: Final = "Waiting for its turn"
_NO_CLUSTER: Final = "Waiting for the cluster, which does not answer"


@dataclass(eq=False)
class _Errand:
    """A warm-up or a measurement, which is done while no execution waits."""

    task: WarmUpTask | MeasureTask
    on_end: OnMeasured
    lost: int = 0
    """How many nodes were lost with it."""


@dataclass(eq=False)
class _Slot:
    """One actor. The engine's condition guards it."""

    number: int
    state: Literal["none", "starting", "idle", "busy"] = "none"
    warmed: WarmUpTask | None = None
    """For which it was warmed up. It is not ended for want of work, and replaced when it is lost."""
    since: float = field(default_factory=time.monotonic)
    """When it has begun to be idle."""


class ClusterLane(BaseLane):
    """Run executions on a cluster, as many at a time as the settings say."""

    def __init__(
        self,
        settings: Settings,
        functions: Functions,
        changed: threading.Condition,
        on_end: OnEnd,
        durations: Durations,
    ) -> None:
        super().__init__("auto", changed, on_end, durations)
        self._settings, self._functions = settings, functions
        self._connection = Connection(settings)
        self._again: deque[Execution] = deque()
        """Executions whose node was lost, which are also in `at_work`."""
        self._errands: deque[_Errand] = deque()
        self._troubled_since: float | None = None
        self._wanted = time.monotonic()
        """When something last waited that no free actor could take."""
        self._ready = time.monotonic()
        """When an actor was last there."""
        self._slots = [_Slot(number) for number in range(settings.cluster_workers)]
        self._threads = [
            threading.Thread(
                target=self._lead, args=(slot,), name=f"fixviz-cluster-{slot.number}", daemon=True
            )
            for slot in self._slots
        ]
        self._threads.append(
            threading.Thread(target=self._watch, name="fixviz-cluster-watch", daemon=True)
        )
        for thread in self._threads:
            thread.start()

    def warm_up(self, task: WarmUpTask) -> None:
        """Start one actor, which stays, and load models there."""
        with self._changed:
            self._errands.append(_Errand(task, _note_warm_up))
            self._changed.notify_all()

    def measure(self, task: MeasureTask, on_measured: OnMeasured) -> None:
        """Do as `BaseLane.measure` says, on a node."""
        self._errands.append(_Errand(task, on_measured))
        self._changed.notify_all()

    def processes(self) -> tuple[Connection, ...]:
        """Return what stands for all workers."""
        return (self._connection,)

    def _take_back(self, execution: Execution) -> bool:
        if execution not in self._again:
            return False
        self._again.remove(execution)
        return True

    def wait_s(self, ahead: Iterable[Execution]) -> float:
        """Return the seconds until the turn of what comes after these, with the actors of now."""
        actors = sum(slot.state in ("idle", "busy") for slot in self._slots)
        return super().wait_s(ahead) / max(1, actors)

    def close(self) -> None:
        """End all actors. Callers have set `stop` of all executions before."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        # First: it ends what the threads wait for.
        self._connection.close()
        for thread in self._threads:
            thread.join()

    def _lead(self, slot: _Slot) -> None:
        """Start the slot's actor whenever it is wanted, and have it do what waits."""
        while not self._closing.is_set():
            execution: Execution | None = None
            errand: _Errand | None = None
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closing.is_set() or self._has_work(slot), _LOOK_S
                )
                if self._closing.is_set():
                    return
                begins = slot.state == "none" and self._has_work(slot)
                ends = slot.state == "idle" and self._is_spare(slot)
                if begins:
                    slot.state, self._wanted = "starting", time.monotonic()
                elif slot.state == "idle":
                    execution, errand = self._take()
                    slot.state = "busy" if execution or errand else "idle"
            if begins:
                self._start(slot)
            elif execution is not None:
                self._compute(slot, execution)
            elif errand is not None:
                self._do_errand(slot, errand)
            elif ends:
                self._end(slot)

    def _has_work(self, slot: _Slot) -> bool:
        """Tell whether there is something to do for a slot. Callers hold the condition."""
        waiting = len(self._again) + len(self.waiting) + len(self._errands)
        if slot.state == "idle":
            return waiting > 0
        if slot.state != "none" or not self._connection.may_try():
            return False
        coming = sum(other.state in ("idle", "starting") for other in self._slots)
        return waiting > coming

    def _is_spare(self, slot: _Slot) -> bool:
        return slot.warmed is None and time.monotonic() - slot.since > _IDLE_S

    def _take(self) -> tuple[Execution | None, _Errand | None]:
        """Take what is next. Callers hold the condition."""
        if self._again:
            return self._again.popleft(), None
        if self.waiting:
            execution = self.waiting.take()
            self.at_work.append(execution)
            execution.note_turn()
            return execution, None
        return None, self._errands.popleft() if self._errands else None

    def _start(self, slot: _Slot) -> None:
        """Start an actor, which may have to wait for a node."""
        state: Literal["none", "idle"] = "none"
        try:
            self._connection.call("start", slot.number, stopped=self._is_calm)
            state = "idle"
        except ClusterRefused as error:
            self._refuse(error)
        except (JobCancelled, ClusterUnreachable):
            pass  # Nobody waits any more; or `_watch` says what becomes of those who do.
        except FixvizError as error:
            _log.warning("An actor could not be started: %s", error)
            self._closing.wait(_LOOK_S)
        self._become(slot, state)

    def _is_calm(self) -> bool:
        """Tell whether an actor that has not started yet is not wanted any more."""
        return self._closing.is_set() or time.monotonic() - self._wanted > _CALM_S

    def _end(self, slot: _Slot) -> None:
        self._become(slot, "none")
        try:
            self._connection.call("end", slot.number)
        except FixvizError as error:
            _log.info("An actor could not be ended: %s", error)

    def _become(self, slot: _Slot, state: Literal["none", "idle"]) -> None:
        with self._changed:
            slot.state, slot.since = state, time.monotonic()
            if state == "none" and slot.warmed is not None:
                self._errands.append(_Errand(slot.warmed, _note_warm_up))
                slot.warmed = None
            self._changed.notify_all()

    def _compute(self, slot: _Slot, execution: Execution) -> None:
        """Have an actor do an execution, and end it or put it back."""
        state: Literal["none", "idle"] = "idle"
        error: FixvizError | None = None
        again = False
        try:
            if execution.stop.is_set() or execution.is_abandoned():
                raise JobCancelled("The analysis was cancelled.")
            with self._changed:
                execution.at("decoding", 0.0, "Sending it to the cluster")
                self._changed.notify_all()
            with ExitStack() as steps:
                self._connection.call(
                    "run",
                    slot.number,
                    job=execution.plan,
                    functions=self._functions,
                    on_event=self._listener(execution, steps),
                    stopped=execution.stop.is_set,
                )
        except NoActor:
            state, again = "none", True
        except ClusterUnreachable as lost:
            state, error = "none", lost
            execution.lost += 1
            again = execution.lost < _MOST_CUT
        except NodeLost as lost:
            _log.error("A node of the cluster was lost: %s", lost)
            metrics.process_ended("worker", "died")
            state, error = "none", died(execution.plan.kind)
            execution.lost += 1
            again = execution.lost < _MOST_LOST
        except FixvizError as failure:
            error = failure
        except Exception as failure:
            _log.exception("The engine failed")
            error = JobError(f"The analysis failed inside fixviz ({failure}).")
        self._become(slot, state)
        if execution.stop.is_set():
            again, error = False, error and JobCancelled("The analysis was cancelled.")
        if again:
            with self._changed:
                execution.at(execution.state, execution.progress, AGAIN)
                self._again.append(execution)
                self._changed.notify_all()
        else:
            self._on_end(execution, error)

    def _do_errand(self, slot: _Slot, errand: _Errand) -> None:
        """Have an actor warm up or measure; what is stopped for an execution goes on after it."""
        state: Literal["none", "idle"] = "idle"
        error: FixvizError | None = None
        again = False
        try:
            self._connection.call(
                "run",
                slot.number,
                job=errand.task,
                functions=self._functions,
                on_event=self._hear,
                stopped=lambda: self._closing.is_set() or self._hinders(errand),
            )
            if isinstance(errand.task, WarmUpTask):
                slot.warmed = errand.task
        except JobCancelled:
            again = True
        except (ClusterUnreachable, NoActor):
            state, again = "none", True
        except NodeLost as failure:
            state, error = "none", failure
            errand.lost += 1
            again = errand.lost < _MOST_LOST
        except FixvizError as failure:
            error = failure
        self._become(slot, state)
        if again:
            with self._changed:
                self._errands.append(errand)
        else:
            errand.on_end(error)

    def _hinders(self, errand: _Errand) -> bool:
        """Tell whether executions wait while no actor is free."""
        if isinstance(errand.task, WarmUpTask):
            return False
        with self._changed:
            return bool(self.waiting) and all(slot.state != "idle" for slot in self._slots)

    def _listener(self, execution: Execution, steps: ExitStack) -> Callable[[str, Any], None]:
        """Return what hears what a node tells of an execution. steps: holds the step that is being timed."""

        def on_event(kind: str, content: Any) -> None:
            if kind == "step":
                self._note_step(execution, content, steps)
            elif kind == "progress":
                self._note_progress(execution, execution.state, content)
            else:
                self._hear(kind, content)

        return on_event

    def _note_step(self, execution: Execution, state: State, steps: ExitStack) -> None:
        steps.close()
        name = "decode" if state == "decoding" else "models"
        steps.enter_context(metrics.step(execution.plan.kind, name))
        with self._changed:
            execution.at(state, execution.progress, execution.message)
            if state == "running":
                execution.begin()
            self._changed.notify_all()

    def _hear(self, kind: str, content: Any) -> None:
        if kind == "device":
            # Its process is none of this machine.
            self._note_device(replace(content, process=None))

    def _watch(self) -> None:
        """Reach a cluster again that was lost, and end what waits for it in vain."""
        while not self._closing.wait(_LOOK_S):
            now = time.monotonic()
            problem = self._connection.error()
            with self._changed:
                if self._again or self.waiting or self._errands:
                    self._wanted = now
                if any(slot.state in ("idle", "busy") for slot in self._slots):
                    self._ready = now
                if problem is None:
                    self._troubled_since = None
                elif self._troubled_since is None:
                    self._troubled_since = now
                message = _WAITING if problem is None else _NO_CLUSTER
                for execution in self.waiting:
                    execution.message = message
                self._changed.notify_all()
            if problem is not None:
                self._give_up(problem, self._troubled_since, _PATIENCE_S)
                self._connection.mend()
            else:
                self._give_up(self._no_room(), self._ready, _ROOM_S)

    def _no_room(self) -> JobError:
        settings = self._settings
        gpus = f" and {settings.cluster_gpus:g} of its GPUs" if settings.cluster_gpus else ""
        return JobError(
            f"The cluster had no room for the job for {_ROOM_S:g} s. A job takes "
            f"{settings.cluster_cpus:g} of a node's cores{gpus}: add nodes, or lower FIXVIZ_CLUSTER_CPUS or "
            "FIXVIZ_CLUSTER_GPUS."
        )

    def _give_up(self, error: FixvizError, since: float | None, patience_s: float) -> None:
        """End the executions that have waited so long since then."""
        now = time.monotonic()
        with self._changed:
            overdue = [
                execution
                for execution in (*self.waiting, *self._again)
                if since is not None and now - max(since, execution.queued_at) > patience_s
            ]
        self._end_waiting(overdue, error)

    def _refuse(self, error: FixvizError) -> None:
        """End all that waits: no node can do it."""
        with self._changed:
            waiting = [*self.waiting, *self._again]
            errands = list(self._errands)
            self._errands.clear()
        self._end_waiting(waiting, error)
        for errand in errands:
            errand.on_end(error)

    def _end_waiting(self, executions: Iterable[Execution], error: FixvizError) -> None:
        for execution in executions:
            with self._changed:
                if execution in self._again:
                    self._again.remove(execution)
                elif execution in self.waiting:
                    self.waiting.remove(execution)
                    self.at_work.append(execution)
                else:
                    continue
            self._on_end(execution, error)


def _note_warm_up(error: FixvizError | None) -> None:
    if error is not None:
        _log.warning("Warming up failed; the first analysis will say why: %s", error)
