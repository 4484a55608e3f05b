"""Run tasks in one spawned process, one at a time; ask it to stop, or kill it."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

import psutil
from pebble import ProcessExpired, ProcessPool

from fixviz import metrics
from fixviz.errors import JobCancelled, JobError
from fixviz.spawn import WorkerContext
from fixviz.tasks import child
from fixviz.tasks.child import Outcome
from fixviz.tasks.pulse import Pulse, memory_kills

_log = logging.getLogger(__name__)
_POLL_S = 0.05
_MISSED_AFTER_S = 1.5
_LAST_EVENTS_S = 1.0
_KILLED = (-9, -15)
"""Exit codes of a process that somebody ended by SIGKILL or SIGTERM."""

OnEvent = Callable[[str, Any], None]
State = Literal["ok", "idle", "dead", "stopped"]
"""Of a process: alive, not started (the next task starts it), died, or halted by a signal."""


class TaskTimedOut(JobError):
    """Raised when a task ran over its time limit and its process was stopped."""


class TaskCrashed(JobError):
    """Raised when the process died, hung, or ran out of memory, and was replaced.

    killed: it was ended or suspended from outside, for which the task gave no reason.
    """

    def __init__(self, message: str, *, out_of_memory: bool = False, killed: bool = False) -> None:
        super().__init__(message)
        self.out_of_memory, self.killed = out_of_memory, killed


@dataclass
class _Link:
    """Hold a pool of one process and the channels that end with it."""

    pool: ProcessPool
    events: Connection
    events_writer: Connection
    stop_flag: Any
    on_event: OnEvent | None = None
    number: int = 0
    worker: psutil.Process | None = None
    """The process, once it has begun the task at hand."""
    born: psutil.Process | None = None
    """The process, once it has started."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once all events of the task at hand have been delivered."""


class TaskProcess:
    """Run tasks in a process that starts with the first task, and anew after a kill or a crash.

    The process is replaced after `tasks_per_process` tasks (0 is never) and may use `memory_bytes` of
    memory. Only one thread may use `call`. Each process has new channels, since a killed one may have
    held a lock, or have left half a message.
    """

    def __init__(
        self,
        tasks_per_process: int = 0,
        memory_bytes: int | None = None,
        *,
        idle_s: float | None = None,
        name: str = "worker",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Make it without starting a process. idle_s: see `Pulse`. name: what logs and metrics call it.

        environment: variables that the process has besides this one's.
        """
        self.name = name
        self._environment = dict(environment or {})
        self._idle_s = idle_s
        self._tasks_per_process = tasks_per_process
        self._memory_bytes = memory_bytes
        self._link: _Link | None = None
        self._numbers = itertools.count(1)

    def call(
        self,
        function: str,
        task: object,
        *,
        timeout_s: float,
        grace_s: float,
        stop: threading.Event,
        abort: threading.Event,
        on_event: OnEvent,
    ) -> Any:
        """Run `function` (dotted path) on `task` in the process and return its value.

        Events reach `on_event(kind, content)` on another thread. Once `stop` is set the task is
        asked to stop, and killed after `grace_s` seconds; `abort` kills it at once.

        Raises JobCancelled; TaskTimedOut; TaskCrashed; any FixvizError of the task; JobError for a
        bug in the task (logged).
        """
        number = next(self._numbers)
        kills = memory_kills()
        link = self._start()
        link.ended.clear()
        link.number, link.worker, link.on_event = number, None, on_event
        try:
            future = link.pool.schedule(
                child.run_task, args=(function, task, number, timeout_s), timeout=timeout_s
            )
            outcome = self._wait(link, future, stop, abort, grace_s)
            # The outcome comes through another channel and may overtake the task's last events.
            link.ended.wait(_LAST_EVENTS_S)
        except TimeoutError:
            self._lose("timeout", task=function, seconds=timeout_s)
            raise TaskTimedOut(f"It took longer than {timeout_s:g} s.") from None
        except ProcessExpired as error:
            by_signal = error.exitcode in _KILLED
            no_memory = by_signal and memory_kills() > kills
            reason = "memory" if no_memory else "died"
            self._lose(reason, task=function, exit_code=error.exitcode)
            raise TaskCrashed(
                f"Its process ended with code {error.exitcode}.",
                out_of_memory=no_memory,
                killed=by_signal and not no_memory,
            ) from None
        except TaskCrashed as error:
            self._lose("hung" if error.killed else "died", task=function)
            raise
        except JobCancelled:
            self.kill()
            raise
        except Exception as error:
            self._lose("died", task=function, detail=repr(error))
            raise TaskCrashed(f"Its process could not be used ({error}).") from error
        finally:
            link.on_event = None
        return self._value(outcome)

    @property
    def running(self) -> bool:
        """Tell whether a process is there for the next task."""
        return self._link is not None

    def kill(self) -> None:
        """Stop the process at once, in the middle of a task too. The next call starts a new one."""
        link, self._link = self._link, None
        if link is None:
            return
        for worker in (link.worker, link.born):
            if worker is not None:
                with contextlib.suppress(psutil.Error):
                    worker.kill()
        with contextlib.suppress(Exception):
            link.pool.stop()  # type: ignore[no-untyped-call]
            link.pool.join()
        link.events_writer.close()  # The reading thread then finds the end, and closes its side.

    def state(self) -> State:
        """Return how the process is, from the system's table of processes: that takes no time."""
        link = self._link
        if link is None or link.born is None:
            return "idle"
        if not _is_alive(link.born):
            return "dead"
        return "stopped" if _is_halted(link.born) else "ok"

    def memory_bytes(self) -> int:
        """Return the memory that the process holds (resident); 0 without one."""
        link = self._link
        with contextlib.suppress(psutil.Error):
            if link is not None and link.born is not None:
                return int(link.born.memory_info().rss)
        return 0

    def drop_dead(self) -> bool:
        """Forget a process that died while it had no task, and tell whether it did. As for `call`."""
        if self.state() != "dead":
            return False
        self._lose("died")
        return True

    def _lose(self, reason: str, **about: object) -> None:
        """Log and count that the process ended before its work was done, and stop what is left of it."""
        metrics.process_ended(self.name, reason)
        extra = {"reason": reason, **about}
        _log.error("The %s process was lost and is replaced", self.name, extra=extra)
        self.kill()

    def _value(self, outcome: Outcome) -> Any:
        if outcome.error is not None:
            raise outcome.error
        if outcome.out_of_memory:
            self._lose("memory")
            raise TaskCrashed("It ran out of memory.", out_of_memory=True)
        if outcome.bug is not None:
            _log.error("A task failed:\n%s", outcome.bug)
            last_line = outcome.bug.strip().splitlines()[-1]
            raise JobError(
                f"The analysis failed because of an error inside fixviz ({last_line}). "
                "The log has the details; please report it."
            )
        return outcome.value

    def _wait(
        self,
        link: _Link,
        future: Future[Outcome],
        stop: threading.Event,
        abort: threading.Event,
        grace_s: float,
    ) -> Outcome:
        asked: float | None = None
        last_alive = time.monotonic()
        pulse = Pulse(self._idle_s)
        while True:
            try:
                return future.result(timeout=_POLL_S)
            except TimeoutError:
                if future.done():  # The task's own time limit, or a result of this very moment.
                    return future.result()
            now = time.monotonic()
            if stop.is_set() or abort.is_set():
                if asked is None:
                    asked = now
                    link.stop_flag.value = link.number
                if now - asked >= grace_s or abort.is_set():
                    raise JobCancelled("The analysis was cancelled.")
            # A process that leaves with exit code 0 in the middle of a task is no failure to the
            # pool, which would wait for it until the time limit. All other deaths it reports itself
            # within the second.
            if link.worker is None or _is_alive(link.worker):
                last_alive = now
                watched = link.worker or link.born
                if watched is not None and pulse.hangs(watched, now):
                    raise TaskCrashed("Its process did not go on.", killed=True)
            elif now - last_alive > _MISSED_AFTER_S:
                raise TaskCrashed("Its process ended in the middle.")

    def _start(self) -> _Link:
        if self._link is not None:
            if self._link.pool.active:
                return self._link
            self.kill()
        context = WorkerContext()
        reader, writer = context.Pipe(duplex=False)
        # Shared memory without a lock: a process killed at any moment leaves it usable.
        stop_flag = context.RawValue(ctypes.c_int64, 0)
        pool = ProcessPool(
            max_workers=1,
            max_tasks=self._tasks_per_process,
            initializer=child.initialize,
            initargs=(writer, stop_flag, self._memory_bytes, self._environment),
            context=context,
        )
        self._link = _Link(pool, reader, writer, stop_flag)
        threading.Thread(target=_read_events, args=(self._link,), daemon=True).start()
        return self._link


def _read_events(link: _Link) -> None:
    with link.events:
        while True:
            try:
                kind, number, content = link.events.recv()
            except (EOFError, OSError):
                return
            if kind == "born":
                with contextlib.suppress(psutil.Error):
                    link.born = psutil.Process(content)
            elif kind == "log":
                logging.getLogger(content.name).handle(content)
            if number != link.number:
                continue
            if kind == "ended":
                link.ended.set()
            elif kind == "started":
                with contextlib.suppress(psutil.Error):
                    link.worker = psutil.Process(content)
            elif (on_event := link.on_event) is not None:
                on_event(kind, content)


def _is_alive(worker: psutil.Process) -> bool:
    try:
        return bool(worker.is_running()) and worker.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_halted(worker: psutil.Process) -> bool:
    try:
        return worker.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except psutil.Error:
        return False
