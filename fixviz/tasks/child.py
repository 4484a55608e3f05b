"""Run tasks inside a spawned process; their functions are given by dotted path. Imports no torch."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import logging
import logging.handlers
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fixviz.errors import FixvizError, JobCancelled

_PROGRESS_EVERY_S = 0.05
_ORPHAN_EXTRA_S = 30.0
_MEMORY_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")

_events: Connection | None = None
_sending = threading.Lock()
_stop_flag: Any = None


@dataclass(frozen=True)
class Outcome:
    """Say how a task ended in its process.

    Exceptions are not sent to the server: to unpickle one of torch, it would have to import torch.
    """

    value: Any = None
    error: FixvizError | None = None
    out_of_memory: bool = False
    bug: str | None = None
    """Traceback of an unexpected error, which is a fault of fixviz."""


class TaskContext:
    """Let a task report its progress to the server, and stop when the server asks for it."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._last_sent = 0.0

    def progress(self, fraction: float, message: str) -> None:
        """Report the progress of the task, 0 to 1, and a phrase for what it does now."""
        now = time.monotonic()
        if now - self._last_sent >= _PROGRESS_EVERY_S or fraction in (0.0, 1.0):
            self._last_sent = now
            self.send("progress", (float(fraction), str(message)))

    def should_stop(self) -> None:
        """Raise JobCancelled when the task was asked to stop; call this between steps."""
        if _stop_flag is not None and _stop_flag.value == self._number:
            raise JobCancelled("The analysis was cancelled.")

    def send(self, kind: str, content: object) -> None:
        """Send an event to the server; without effect when the server is gone."""
        _send(kind, self._number, content)


def _send(kind: str, number: int, content: object) -> None:
    if _events is not None:
        with contextlib.suppress(OSError), _sending:
            _events.send((kind, number, content))


class _LogToServer(logging.handlers.QueueHandler):
    """Have the server write what this process logs, in the form that its settings say."""

    def enqueue(self, record: logging.LogRecord) -> None:
        _send("log", 0, record)


def initialize(
    events: Connection, stop_flag: Any, memory_bytes: int | None, environment: Mapping[str, str]
) -> None:
    """Set up a new process; `memory_bytes` limits its address space (on Linux)."""
    global _events, _stop_flag
    os.environ.update(environment)
    _events, _stop_flag = events, stop_flag
    logging.getLogger("fixviz").addHandler(_LogToServer(None))  # type: ignore[arg-type]
    _send("born", 0, os.getpid())
    # The system's own handler ends the process at once, even while C code holds the interpreter.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if sys.platform == "linux":
        # When memory runs out, the kernel shall pick this process and not the server.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
        if memory_bytes is not None:
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def run_task(function: str, task: object, number: int, timeout_s: float) -> Outcome:
    """Call `function` ("package.module:name") with (task, TaskContext); return how it ended."""
    context = TaskContext(number)
    context.send("started", os.getpid())
    with Path(os.devnull).open("w") as nowhere:
        # A decoder that hangs inside C can hold the interpreter for ever. If the server is gone too,
        # this timer still ends the process: it needs no interpreter.
        faulthandler.dump_traceback_later(timeout_s + _ORPHAN_EXTRA_S, exit=True, file=nowhere)
        try:
            return Outcome(value=load(function)(task, context))
        except FixvizError as error:
            return Outcome(error=error)
        except BaseException as error:
            if _is_memory_error(error):
                return Outcome(out_of_memory=True)
            return Outcome(bug=traceback.format_exc())
        finally:
            faulthandler.cancel_dump_traceback_later()
            context.send("ended", None)


def load(function: str) -> Callable[..., Any]:
    """Import and return the function at "package.module:name"."""
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _is_memory_error(error: BaseException) -> bool:
    # torch has a class for CUDA, and a RuntimeError with a sentence for the CPU.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _MEMORY_SIGNS)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
