"""Processes that may hang or crash without taking this one along.

pebble does the work: it kills a process that is over its time, and starts another. This module
adds what decoders need: a start that leaves the caller's script alone, limits on what the process may
do, and an end even when it holds Python's lock for ever or its parent is gone.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from fixviz.errors import JobCancelled, WorkerCrashed
from fixviz.media.confine import confine, limit, limit_processor_time, warn_of_missing
from fixviz.spawn import WorkerContext

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_POLL_S = 0.1
# Processes are replaced now and then, since decoders leak.
_TASKS_PER_PROCESS = 500
# Beyond the time limit of a task, until its process ends itself should nobody have killed it.
_ALARM_GRACE_S = 15
# Threads of one decoder that may be at work at once.
_MOST_THREADS = 8


class KillablePool:
    """A few warm processes for functions that may hang, crash or eat memory.

    They start with the first call, are reused, and are replaced when they had to be killed.
    `preload` names modules that they import at the start; `memory_bytes` limits the address space
    that each may take from then on (where the platform can: not on Windows, not on macOS). With
    `confined` they cannot write files, start programs or reach the network (`fixviz.media.confine`).
    """

    def __init__(
        self,
        processes: int,
        preload: tuple[str, ...] = (),
        memory_bytes: int | None = None,
        *,
        confined: bool = False,
    ) -> None:
        self._processes = processes
        self._preload = preload
        self._memory_bytes = memory_bytes
        self._confined = confined
        self._lock = threading.Lock()
        # pebble's own annotations are too patchy for strict checks.
        self._pool: Any = None
        self._owner = 0

    def run(
        self,
        timeout_s: float,
        should_stop: Callable[[], bool] | None,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an importable `function` in one of the processes and return its result.

        Raises what it raises; TimeoutError when it takes longer than `timeout_s` (time spent
        waiting for a free process does not count); JobCancelled once `should_stop()` is true;
        WorkerCrashed when its process died. In the last three cases the process is replaced.
        """
        call = (timeout_s, function, args, kwargs)
        try:
            future: Any = self._ready().schedule(_with_alarm, args=call, timeout=timeout_s)
        except RuntimeError:
            # The pool broke while idle (its processes were killed from outside): start afresh.
            self.close()
            future = self._ready().schedule(_with_alarm, args=call, timeout=timeout_s)
        while should_stop is not None and not future.done():
            if should_stop():
                future.cancel()
                raise JobCancelled("Reading the video was stopped.")
            time.sleep(_POLL_S)
        try:
            result: T = future.result()
        except TimeoutError:
            _note_end("timeout", seconds=timeout_s)
            raise
        except BrokenProcessPool as error:
            self.close()
            _note_end("died")
            raise WorkerCrashed("The process died before it could finish.") from error
        except ProcessExpired as error:
            _note_end("died", exit_code=error.exitcode)
            raise WorkerCrashed(f"The process died (exit code {error.exitcode}).") from error
        except CancelledError as error:
            raise JobCancelled("Reading the video was stopped.") from error
        return result

    def warm_up(self) -> None:
        """Start the processes now, without waiting for them."""
        self._ready()

    def close(self) -> None:
        """Stop the processes; the next call starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._owner == os.getpid():
            pool.stop()
            pool.join()

    def _ready(self) -> Any:
        with self._lock:
            # After a fork the pool's threads are not there: the child needs a pool of its own.
            if self._pool is None or self._owner != os.getpid():
                self._owner = os.getpid()
                if self._confined:
                    warn_of_missing()
                self._pool = ProcessPool(
                    max_workers=self._processes,
                    max_tasks=_TASKS_PER_PROCESS,
                    initializer=_prepare_process,
                    initargs=(self._preload, self._memory_bytes, self._confined),
                    context=WorkerContext(),
                )
                # pebble starts its processes on the first look at its state.
                _ = self._pool.active
            return self._pool


def _note_end(reason: str, **about: object) -> None:
    # Imported here, since decoding processes import this module and count nothing.
    from fixviz import metrics

    metrics.process_ended("decoder", reason)
    extra = {"reason": reason, **about}
    _log.error("A decoding process was lost and is replaced", extra=extra)


def in_daemon_process() -> bool:
    """Tell whether this process may not start others, like the workers of torch's DataLoader."""
    return multiprocessing.current_process().daemon


def _prepare_process(preload: tuple[str, ...], memory_bytes: int | None, confined: bool) -> None:
    # The system's own handler ends the process at once, also while C code holds Python's lock.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for module in preload:
        import_module(module)
    if confined:
        confine(memory_bytes)
    else:
        limit(memory_bytes)


def _with_alarm(
    timeout_s: float, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> T:
    """Call the function with an alarm that ends this process should its parent not do so."""
    limit_processor_time(_MOST_THREADS * (timeout_s + _ALARM_GRACE_S))
    if not hasattr(signal, "alarm"):
        return function(*args, **kwargs)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(timeout_s) + _ALARM_GRACE_S)
    try:
        return function(*args, **kwargs)
    finally:
        signal.alarm(0)
