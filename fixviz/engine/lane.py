"""Queue the analyses of one device: while some run in model workers, the next is decoded."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from fixviz import metrics
from fixviz.engine.base_lane import DECODED, BaseLane, OnEnd, OnMeasured
from fixviz.engine.jobs import MeasureTask, WarmUpTask
from fixviz.engine.machine import shared_threads
from fixviz.engine.plan import CostPlan
from fixviz.engine.steps import Call, Functions, Step, compute, prepare
from fixviz.engine.tickets import Execution
from fixviz.engine.waiting_time import Durations
from fixviz.errors import FixvizError, JobCancelled, JobError
from fixviz.settings import Settings
from fixviz.tasks.process import TaskProcess
from fixviz.tasks.status import State

_log = logging.getLogger(__name__)
_CLIPS_PER_PROCESS = 200
"""Decoders leak a little memory, and a new process costs next to nothing."""
_DECODER_BYTES = 4 * 2**30
"""Most memory of the decoding process: a file may claim any size."""
_DECODER_IDLE_S = 8.0
"""A decoder computes or reads all the time; one that does neither for so long waits for itself."""
_LOOK_S = 2.0
"""How often a process without a task is looked at, to replace one that died."""


def decoder_process() -> TaskProcess:
    """Return the process that decodes, which has not started yet."""
    return TaskProcess(_CLIPS_PER_PROCESS, _DECODER_BYTES, idle_s=_DECODER_IDLE_S, name="decoder")


class Lane(BaseLane):
    """Run executions of one device of this machine, with one decoding process and some model workers.

    With one worker, its threads share the work on one clip, and a visitor waits least. With as many as there
    are cores, each has a clip of its own: what cannot be shared among threads then keeps no core waiting.
    """

    def __init__(
        self,
        device: str,
        settings: Settings,
        functions: Functions,
        changed: threading.Condition,
        on_end: OnEnd,
        durations: Durations,
        workers: int = 1,
    ) -> None:
        super().__init__(device, changed, on_end, durations)
        self._settings, self._functions = settings, functions
        self._decoded: Execution | None = None
        self._warm_up_decoder = False
        self._warm_up: WarmUpTask | None = None
        self._to_measure: deque[tuple[MeasureTask, OnMeasured]] = deque()
        self._stop_measuring = threading.Event()
        self._decoder = decoder_process()
        self._workers = tuple(
            TaskProcess(name="worker", environment=shared_threads(workers)) for _ in range(workers)
        )
        self._warmed: WarmUpTask | None = None
        loops: list[tuple[str, Callable[[], None]]] = [("decode", self._decode_loop)]
        loops += [("model", partial(self._model_loop, process)) for process in self._workers]
        self._threads = [
            threading.Thread(target=loop, name=f"fixviz-{name}-{device}", daemon=True)
            for name, loop in loops
        ]
        for thread in self._threads:
            thread.start()

    def warm_up(self, task: WarmUpTask) -> None:
        """Start both processes and load models, before all executions that wait."""
        with self._changed:
            self._warm_up_decoder, self._warm_up, self._warmed = True, task, task
            self._changed.notify_all()

    def measure(self, task: MeasureTask, on_measured: OnMeasured) -> None:
        """Do as `BaseLane.measure` says, in the model worker."""
        self._to_measure.append((task, on_measured))
        self._changed.notify_all()

    def processes(self) -> tuple[TaskProcess, ...]:
        """Return the decoding process and the model workers."""
        return self._decoder, *self._workers

    def _take_back(self, execution: Execution) -> bool:
        if self._decoded is not execution:
            return False
        self._decoded = None
        return True

    def close(self) -> None:
        """Stop all processes. Callers have set `stop` of all executions before."""
        self._closing.set()
        self._stop_measuring.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _may_decode(self) -> bool:
        """Tell whether the next execution may begin. Decoding beside a measurement would make it wrong."""
        measures = any(isinstance(execution.plan, CostPlan) for execution in self.at_work)
        return bool(self.waiting) and self._decoded is None and not measures

    def _decode_loop(self) -> None:
        process = self._decoder
        while True:
            with self._changed:
                called = self._changed.wait_for(
                    lambda: self._closing.is_set() or self._warm_up_decoder or self._may_decode(),
                    _LOOK_S,
                )
                if self._closing.is_set():
                    break
                execution = None
                if self._may_decode():
                    execution = self.waiting.take()
                    self.at_work.append(execution)
                    execution.note_turn()
                    execution.at("decoding", 0.0, "Starting the decoder")
                    self._changed.notify_all()
                elif called:
                    self._warm_up_decoder = False
            if not called:
                self._replace_dead(process)
            elif execution is None:
                self._try_warm_up(process, self._functions.warm_up_decoder, self._functions.decoder)
            elif self._attempt(execution, partial(self._step, prepare, process, execution)):
                with self._changed:
                    execution.at("decoding", DECODED, "Waiting for the model worker")
                    self._decoded = execution
                    self._stop_measuring.set()
                    self._changed.notify_all()
        process.kill()

    def _model_loop(self, process: TaskProcess) -> None:
        first = process is self._workers[0]
        while True:
            with self._changed:
                called = self._changed.wait_for(
                    lambda: (
                        self._closing.is_set()
                        or self._decoded is not None
                        or (first and (self._warm_up is not None or self._to_measure))
                    ),
                    _LOOK_S,
                )
                if self._closing.is_set():
                    break
                execution, self._decoded = self._decoded, None
                warm_up = None
                if execution is None and first:
                    self._stop_measuring.clear()
                    warm_up, self._warm_up = self._warm_up, None
                elif execution is not None:
                    execution.at("running", DECODED, "Starting the model worker")
                    execution.begin()
                self._changed.notify_all()
            if not called:
                self._replace_dead(process)
            elif execution is None and warm_up is not None:
                self._try_warm_up(process, self._functions.warm_up_models, warm_up)
            elif execution is None:
                self._measure_next(process)
            elif self._attempt(execution, partial(self._step, compute, process, execution)):
                self._on_end(execution, None)
            elif not process.running:
                # The next execution finds a process that is ready.
                with self._changed:
                    self._warm_up = self._warmed
        process.kill()

    def _replace_dead(self, process: TaskProcess) -> None:
        """Start a process anew that died while it had no task, if it was started for later jobs."""
        if not process.drop_dead():
            return
        with self._changed:
            if process is self._decoder:
                self._warm_up_decoder = self._warmed is not None
            elif self._warm_up is None:
                self._warm_up = self._warmed

    def _attempt(self, execution: Execution, step: Callable[[], None]) -> bool:
        """Do one step and tell whether it went well. A failure ends this execution only."""
        try:
            if execution.stop.is_set() or execution.is_abandoned():
                raise JobCancelled("The analysis was cancelled.")
            step()
            return True
        except FixvizError as error:
            self._on_end(execution, error)
        except Exception as error:
            _log.exception("The engine failed")
            self._on_end(execution, JobError(f"The analysis failed inside fixviz ({error})."))
        return False

    def _step(self, step: Step, process: TaskProcess, execution: Execution) -> None:
        on_event = self._listener(execution, execution.state)
        call = Call(process, execution.stop, self._closing, on_event)
        name = "decode" if execution.state == "decoding" else "models"
        with metrics.step(execution.plan.kind, name):
            step(call, execution.plan, execution.scratch, self._settings, self._functions)

    def _try_warm_up(self, process: TaskProcess, function: str, task: object) -> None:
        try:
            process.call(
                function,
                task,
                timeout_s=self._settings.job_timeout_s,
                grace_s=0.0,
                stop=self._closing,
                abort=self._closing,
                on_event=self._hear,
            )
        except FixvizError as error:
            if not self._closing.is_set():
                _log.warning("Warming up failed; the first analysis will say why: %s", error)

    def _measure_next(self, process: TaskProcess) -> None:
        with self._changed:
            task, on_measured = self._to_measure[0]
        try:
            process.call(
                self._functions.measure,
                task,
                timeout_s=self._settings.job_timeout_s,
                grace_s=self._settings.cancel_grace_s,
                stop=self._stop_measuring,
                abort=self._closing,
                on_event=self._hear,
            )
            error = None
        except JobCancelled:
            return  # What was measured by then is kept; the rest is measured after the execution.
        except FixvizError as failure:
            error = failure
        with self._changed:
            self._to_measure.popleft()
        on_measured(error)

    def _listener(self, execution: Execution, state: State) -> Callable[[str, Any], None]:
        def on_event(kind: str, content: Any) -> None:
            self._hear(kind, content)
            if kind == "progress":
                self._note_progress(execution, state, content)

        return on_event

    def _hear(self, kind: str, content: Any) -> None:
        if kind == "device":
            self._note_device(content)
