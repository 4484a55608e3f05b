"""Talk to a Ray cluster, in a process of its own, for the server that has started it.

Ray ends a process that has lost its cluster. This one may end: the server starts it again. The actors on
the nodes end with it, and their jobs are done again.

From the server come `Order`s over a pipe; `Message`s go back. Each order has a thread of its own.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import platform
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, cast

from fixviz.engine.cluster import actor
from fixviz.engine.cluster.node import Outcome
from fixviz.engine.cluster.problems import ClusterRefused, ClusterUnreachable, NoActor, NodeLost
from fixviz.engine.cluster.work import Job, checkpoint_files, checkpoints_of, keep, pack
from fixviz.engine.plan import TeachPlan
from fixviz.engine.steps import Functions
from fixviz.errors import FixvizError, JobCancelled, JobError
from fixviz.settings import Settings
from fixviz.store.files import write_atomic
from fixviz.teaching.examples import ExampleSets
from fixviz.teaching.outcome import FOLDER, PROGRESS
from fixviz.version import __version__

_log = logging.getLogger(__name__)
_POLL_S: Final = 0.5
"""How long a node keeps the question for news, before it answers that there are none."""
_SILENT_S: Final = 60.0
"""Seconds without an answer after which a node counts as lost. Sending the largest video takes part of it."""
_STOP_EXTRA_S: Final = 15.0
"""Seconds beyond the settings' grace after which a job that was stopped is ended by force."""
_LOOK_S: Final = 5.0
"""How often the cluster is asked whether it is there."""
_KNOCK_S: Final = 5.0
_THREADS: Final = 4
"""Of an actor: the job, its news, its end, and one to spare."""
END_S: Final = 3.0
"""Longest time for leaving the cluster in order."""

What = Literal["start", "run", "stop", "end"]


@dataclass(frozen=True)
class Order:
    """Say what the server wants. number: of the call, which messages name."""

    number: int
    what: What
    slot: int = 0
    """Number of the actor that is meant."""
    job: Job | None = None
    functions: Functions | None = None
    about: int = 0
    """Number of the call that shall stop."""


@dataclass(frozen=True)
class Message:
    """Say what came of an order, or how the cluster is (number 0)."""

    number: int
    kind: str
    """connected, alive, failed, value, error, or an event of a node."""
    content: Any = None


def main(connection: Connection, settings: Settings) -> None:
    """Serve the orders that come over a connection, until it ends or brings None."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    driver = _Driver(connection, settings)
    try:
        driver.connect()
    except FixvizError as error:
        driver.send(Message(0, "failed", error))
        os._exit(1)
    driver.send(Message(0, "connected"))
    threading.Thread(target=driver.look, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while (order := connection.recv()) is not None:
            threading.Thread(target=driver.serve, args=(order,), daemon=True).start()
    ending = threading.Thread(target=driver.close, daemon=True)
    ending.start()
    ending.join(END_S)
    os._exit(0)


class _Driver:
    """Start actors, and have them do jobs. Safe to use from many threads."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings
        self._sending, self._lock = threading.Lock(), threading.Lock()
        self._actors: dict[int, Any] = {}
        self._stops: dict[int, threading.Event] = {}

    def connect(self) -> None:
        """Join the cluster. Raises ClusterUnreachable, ClusterRefused."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Otherwise a question to a cluster that was lost starts another one on this machine.
        os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
        import ray
        from ray import cloudpickle

        cloudpickle.register_pickle_by_value(actor)  # type: ignore[no-untyped-call]
        wanted = self._settings.engine
        address = wanted if "://" in wanted else os.environ.get("RAY_ADDRESS", "auto")
        _knock(address, self._settings)
        try:
            ray.init(
                address,
                log_to_driver=False,
                configure_logging=False,
                logging_level=logging.ERROR,
            )
        except Exception as error:
            if "ersion" in str(error) and isinstance(error, RuntimeError):
                raise ClusterRefused(
                    f"The cluster runs other versions than fixviz here: {_one_line(error)}. Install the same "
                    "Python and Ray on all nodes."
                ) from error
            _log.info("The cluster cannot be reached: %s", error)
            raise ClusterUnreachable(
                f"{unreachable(self._settings)} If it asks for a token, set RAY_AUTH_MODE and RAY_AUTH_TOKEN."
            ) from error

    def look(self) -> None:
        """Tell the server again and again that the cluster is there; end this process where it is not."""
        import ray

        try:
            while True:
                ray.cluster_resources()  # type: ignore[no-untyped-call]
                self.send(Message(0, "alive"))
                time.sleep(_LOOK_S)
        except Exception as error:
            _log.info("The cluster is lost: %s", error)
            os._exit(1)

    def send(self, message: Message) -> None:
        """Send a message to the server; without effect when the server is gone."""
        with contextlib.suppress(OSError), self._sending:
            self._connection.send(message)

    def close(self) -> None:
        """Leave the cluster, which ends the actors."""
        import ray

        ray.shutdown()

    def serve(self, order: Order) -> None:
        """Do what an order says and send what came of it."""
        if order.what == "stop":
            with self._lock:
                stop = self._stops.get(order.about)
            if stop is not None:
                stop.set()
            return
        stop = threading.Event()
        with self._lock:
            self._stops[order.number] = stop
        try:
            self.send(Message(order.number, "value", self._do(order, stop)))
        except Exception as error:
            known = error if isinstance(error, FixvizError) else self._named(error)
            if isinstance(known, ClusterUnreachable):
                os._exit(1)  # All who wait are told by the end.
            if known is not error:
                _log.exception("The connection to the cluster failed")
            self.send(Message(order.number, "error", known))
        finally:
            with self._lock:
                del self._stops[order.number]

    def _do(self, order: Order, stop: threading.Event) -> Any:
        if order.what == "start":
            return self._start(order.slot, stop)
        if order.what == "end":
            return self._end(order.slot)
        if order.job is None or order.functions is None:
            raise ValueError("an order to run needs a job and functions")
        try:
            return self._run(order, order.job, order.functions, stop)
        except (NodeLost, NoActor):
            # It may come back, and would hold its cores for nothing.
            self._end(order.slot)
            raise

    def _start(self, slot: int, stop: threading.Event) -> str:
        """Start an actor and wait until it runs; return the name of its machine."""
        import ray

        options: dict[str, Any] = {
            "num_cpus": self._settings.cluster_cpus,
            "num_gpus": self._settings.cluster_gpus,
            "max_concurrency": _THREADS,
            # A job is done again by whichever actor is free: a new process need not be the same actor.
            "max_restarts": 0,
            "scheduling_strategy": "SPREAD",
        }
        ours = f"fixviz {__version__} and Python {_python()}"
        handle: Any = ray.remote(**options)(cast(Any, actor.Actor)).remote()
        with self._lock:
            self._actors[slot] = handle
        try:
            host, theirs = self._await(handle.start.remote(ours), stop)
            if theirs != ours:
                raise ClusterRefused(
                    f"A node of the cluster ({host}) has {theirs}, and this server has {ours}. Install the "
                    "same versions on all of them."
                )
        except BaseException:
            self._end(slot)
            raise
        return str(host)

    def _end(self, slot: int) -> None:
        import ray

        with self._lock:
            handle = self._actors.pop(slot, None)
        if handle is not None:
            with contextlib.suppress(Exception):
                ray.kill(handle)

    def _await(self, ref: Any, stop: threading.Event) -> Any:
        """Return a value, however long it takes. Raises JobCancelled, NodeLost."""
        import ray

        while not ray.wait([ref], timeout=_POLL_S)[0]:
            if stop.is_set():
                raise JobCancelled("The analysis was cancelled.")
        return self._get(ref)

    def _get(self, ref: Any, timeout_s: float | None = None) -> Any:
        import ray

        try:
            return ray.get(ref, timeout=timeout_s)
        except Exception as error:
            raise self._named(error) from error

    def _named(self, error: Exception) -> FixvizError:
        """Return an error of Ray as one of ours."""
        import ray.exceptions as known

        if isinstance(error, known.RayTaskError) and isinstance(error.cause, FixvizError):
            return error.cause
        lost = (
            known.RayActorError,
            known.WorkerCrashedError,
            known.ObjectLostError,
            known.OutOfMemoryError,
            known.GetTimeoutError,
        )
        if isinstance(error, lost):
            return NodeLost(_one_line(error))
        if isinstance(error, ConnectionError | known.RaySystemError):
            return ClusterUnreachable(unreachable(self._settings))
        return JobError(f"The analysis failed inside fixviz ({_one_line(error)}).")

    def _run(self, order: Order, job: Job, functions: Functions, stop: threading.Event) -> None:
        """Have an actor do a job, and store what comes of it."""
        with self._lock:
            handle = self._actors.get(order.slot)
        if handle is None:
            raise NoActor("It has ended.")
        do = handle.do.remote
        try:
            lacking = self._await(do("lacks", checkpoints_of(job)), stop)
        except NodeLost as lost:
            raise NoActor(str(lost)) from lost
        for model in lacking:
            self._await(do("take_checkpoint", model, checkpoint_files(model)), stop)
        ref = do("run", order.number, pack(job, self._settings, functions))
        outcome = self._follow(do, ref, order, job, stop)
        if outcome.error is not None:
            raise outcome.error
        keep(job, outcome.result, self._settings)

    def _follow(
        self, do: Callable[..., Any], ref: Any, order: Order, job: Job, stop: threading.Event
    ) -> Outcome:
        """Return how a job ended, after what the node tells of it. Raises NodeLost."""
        import ray

        heard, answered = 0, time.monotonic()
        stopped: float | None = None
        news = do("events", order.number, heard, _POLL_S)
        while True:
            done, _ = ray.wait([ref, news], num_returns=1, timeout=_POLL_S)
            now = time.monotonic()
            if stop.is_set() and stopped is None:
                stopped = now
                do("stop", order.number)
            grace = self._settings.cancel_grace_s + _STOP_EXTRA_S
            if (stopped is not None and now - stopped > grace) or now - answered > _SILENT_S:
                raise NodeLost("It does not answer.")
            ended = self._get(ref) if ref in done else None
            if ended is not None or news in done:
                events = self._get(news, _SILENT_S)
                answered, heard = now, heard + len(events)
                self._hear(events, order.number, job)
                if ended is not None and not events:
                    found: Outcome = ended
                    return found
                news = do("events", order.number, heard, 0.0 if ended is not None else _POLL_S)

    def _hear(self, events: list[tuple[str, Any]], number: int, job: Job) -> None:
        for kind, content in events:
            if kind == "learned" and isinstance(job, TeachPlan):
                folder = ExampleSets(self._settings).folder(job.request.examples) / FOLDER
                with contextlib.suppress(OSError):
                    folder.mkdir(exist_ok=True)
                    write_atomic(folder / PROGRESS, content)
            else:
                self.send(Message(number, kind, content))


def _knock(address: str, settings: Settings) -> None:
    """Raise ClusterUnreachable where nobody listens, which takes Ray half a minute to find out."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()
    except OSError as error:
        raise ClusterUnreachable(unreachable(settings)) from error


def unreachable(settings: Settings) -> str:
    """Return the sentence for a cluster that does not answer."""
    where = settings.engine if "://" in settings.engine else "of this machine (FIXVIZ_ENGINE=ray)"
    return f"The Ray cluster {where} does not answer. Start it, or try again later."


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines).rstrip(".") or type(error).__name__


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
