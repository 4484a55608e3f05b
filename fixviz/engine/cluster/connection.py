"""Reach a cluster through a process that knows Ray (`driver`), which is started again when it ends."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Any, Final

import psutil

from fixviz import metrics
from fixviz.engine.cluster import driver
from fixviz.engine.cluster.driver import Message, Order, What, unreachable
from fixviz.engine.cluster.problems import ClusterUnreachable
from fixviz.engine.cluster.work import Job
from fixviz.engine.steps import Functions
from fixviz.errors import FixvizError
from fixviz.settings import Settings
from fixviz.spawn import WorkerContext
from fixviz.tasks.process import OnEvent

_log = logging.getLogger(__name__)
_POLL_S: Final = 0.1
_CONNECTING_S: Final = 60.0
"""Longest wait for a cluster to answer at all."""
_SILENT_S: Final = 30.0
"""Seconds without a sign of the cluster after which it counts as unreachable."""
_AGAIN_S: Final = 3.0
"""Time between two tries to reach a cluster."""


@dataclass
class _Link:
    """Hold one process and the calls that wait for it."""

    process: BaseProcess
    pipe: Pipe
    calls: dict[int, queue.SimpleQueue[Message | None]] = field(default_factory=dict)
    connected: threading.Event = field(default_factory=threading.Event)
    """Set when it is known whether the cluster answers."""
    alive: float | None = None
    """When the cluster was last known to be there."""
    error: FixvizError | None = None
    ended: bool = False


class Connection:
    """Give orders to actors. Safe to use from many threads."""

    name = "worker"
    """As the health and the metrics call it: it stands for all workers of the cluster."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._numbers = itertools.count(1)
        self._link: _Link | None = None
        self._error: FixvizError | None = None
        self._next_try = 0.0
        self._closed = False

    def call(
        self,
        what: What,
        slot: int,
        *,
        job: Job | None = None,
        functions: Functions | None = None,
        on_event: OnEvent = lambda kind, content: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Any:
        """Have an order done and return what comes of it; asks it to end once `stopped` says so.

        Raises ClusterUnreachable, ClusterRefused, NodeLost, JobCancelled, and the errors of the job.
        """
        link = self._connected()
        number = next(self._numbers)
        answers: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        with self._lock:
            link.calls[number] = answers
            ended = link.ended
        try:
            if ended:
                raise ClusterUnreachable(unreachable(self._settings))
            self._send(link, Order(number, what, slot, job, functions))
            asked = False
            while True:
                if stopped() and not asked:
                    asked = True
                    self._send(link, Order(next(self._numbers), "stop", about=number))
                try:
                    message = answers.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if message is None:
                    raise ClusterUnreachable(unreachable(self._settings))
                if message.kind == "error":
                    raise message.content
                if message.kind == "value":
                    return message.content
                on_event(message.kind, message.content)
        finally:
            with self._lock:
                link.calls.pop(number, None)

    def error(self) -> FixvizError | None:
        """Return why the cluster cannot be used now; None where it can, or where nobody has tried yet."""
        with self._lock:
            return self._error

    def state(self) -> str:
        """Return how it is, as one of the words of `fixviz.engine.health`."""
        with self._lock:
            link, error = self._link, self._error
        if error is not None:
            return "unreachable"
        if link is None or link.alive is None:
            return "idle"
        return "ok" if time.monotonic() - link.alive < _SILENT_S else "unreachable"

    def memory_bytes(self) -> int:
        """Return the memory that the process of this machine holds."""
        with self._lock:
            link = self._link
        with contextlib.suppress(psutil.Error):
            if link is not None and link.process.pid is not None:
                return int(psutil.Process(link.process.pid).memory_info().rss)
        return 0

    def mend(self) -> None:
        """Reach a cluster again that was lost, if it is time for another try; errors are kept only."""
        with self._lock:
            lost = self._error is not None
        if lost:
            with contextlib.suppress(FixvizError):
                self._connected()

    def may_try(self) -> bool:
        """Tell whether a call would try to reach the cluster now."""
        with self._lock:
            return self._error is None or time.monotonic() >= self._next_try

    def close(self) -> None:
        """End the process, and with it all actors."""
        with self._lock:
            link, self._link, self._closed = self._link, None, True
        if link is not None:
            if link.connected.is_set():
                with contextlib.suppress(OSError), self._sending:
                    link.pipe.send(None)
                link.process.join(2 * driver.END_S)
            link.process.kill()
            link.process.join()

    def _connected(self) -> _Link:
        """Return a link to the cluster; starts a process where there is none. Raises as `call`."""
        with self._lock:
            if self._closed:
                raise ClusterUnreachable(unreachable(self._settings))
            if self._link is None:
                if self._error is not None and time.monotonic() < self._next_try:
                    raise self._error
                self._link = self._start()
            link = self._link
        if not link.connected.wait(_CONNECTING_S):
            link.process.kill()  # The thread that reads from it finds the end.
            link.connected.wait()
        if link.error is not None:
            raise link.error
        return link

    def _start(self) -> _Link:
        context = WorkerContext()
        ours, theirs = context.Pipe()
        process = context.Process(
            target=driver.main, args=(theirs, self._settings), name="fixviz-cluster", daemon=True
        )
        process.start()
        theirs.close()
        link = _Link(process, ours)
        threading.Thread(
            target=self._read, args=(link,), name="fixviz-cluster", daemon=True
        ).start()
        return link

    def _send(self, link: _Link, order: Order) -> None:
        try:
            with self._sending:
                link.pipe.send(order)
        except OSError as error:
            raise ClusterUnreachable(unreachable(self._settings)) from error

    def _read(self, link: _Link) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                message: Message = link.pipe.recv()
                if message.number == 0:
                    self._note(link, message)
                    continue
                with self._lock:
                    answers = link.calls.get(message.number)
                if answers is not None:
                    answers.put(message)
        self._end(link)

    def _note(self, link: _Link, message: Message) -> None:
        with self._lock:
            if message.kind == "failed":
                link.error = message.content
                return
            link.alive = time.monotonic()
            self._error = None
        link.connected.set()

    def _end(self, link: _Link) -> None:
        """Note that a process has ended, for all calls that wait for it and for those that come."""
        with self._lock:
            link.ended = True
            link.error = link.error or ClusterUnreachable(unreachable(self._settings))
            if self._link is link:
                if self._error is None:
                    _log.warning("The cluster cannot be used: %s", link.error)
                    metrics.process_ended("cluster", "died")
                self._link, self._error = None, link.error
                self._next_try = time.monotonic() + _AGAIN_S
            waiting = list(link.calls.values())
        for answers in waiting:
            answers.put(None)
        link.connected.set()
        link.process.join(1.0)
