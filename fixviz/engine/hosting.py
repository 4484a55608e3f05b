"""Let other processes of this computer use one engine, over a Unix socket; `remote` is the other end.

Several servers of one home share a queue this way: one model worker, one order, one place for each job. The
socket lies in a folder that only the user of the servers may enter: what comes over it is pickled.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, Final

from fixviz.engine.engine import Engine
from fixviz.engine.tickets import Job
from fixviz.errors import FixvizError

_log = logging.getLogger(__name__)
_BACKLOG: Final = 128
_HERE: Final = frozenset({"run", "close", "add_upload", "add_masks"})
"""Methods that take functions or files, or end the engine: each process has its own."""

METHODS: Final = (
    frozenset(n for n, found in vars(Engine).items() if callable(found) and n[0] != "_") - _HERE
)
"""Names of the methods that may be called from another process."""


@dataclass(frozen=True)
class Request:
    """One call of a method."""

    method: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]


@dataclass(frozen=True)
class JobId:
    """Stand for a job of the engine in an answer."""

    id: str


@dataclass(frozen=True)
class Answer:
    """What came of a call: a value, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


class EngineHost:
    """Answer calls for one engine, each connection in a thread of its own."""

    def __init__(self, engine: Engine, socket: Path) -> None:
        """Listen at `socket`, whose folder must be closed to other users. Raises OSError."""
        self._engine = engine
        with suppress(FileNotFoundError):
            os.unlink(socket)  # noqa: PTH108  (of a process before this one)
        self._listener = Listener(str(socket), "AF_UNIX", backlog=_BACKLOG)
        threading.Thread(target=self._accept, name="fixviz-engine-host", daemon=True).start()

    def close(self) -> None:
        """Take no more calls."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return  # Closed.
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection[Answer, Request]) -> None:
        with connection, suppress(EOFError, OSError):
            while True:
                answer = self._answer(connection.recv())
                connection.send_bytes(_pickled(answer))

    def _answer(self, request: Request) -> Answer:
        try:
            if request.method not in METHODS:
                raise AttributeError(f"The engine has no method {request.method!r}")
            value = getattr(self._engine, request.method)(*request.arguments, **request.named)
            return Answer(JobId(value.id) if isinstance(value, Job) else value)
        except FixvizError as error:
            return Answer(error=error)
        except Exception as error:
            _log.exception("The engine failed at %s", request.method)
            return Answer(error=error)


def _pickled(answer: Answer) -> Any:
    """Return an answer as it is sent; what cannot be pickled becomes an error that says so."""
    try:
        return ForkingPickler.dumps(answer)
    except Exception as error:
        return ForkingPickler.dumps(Answer(error=RuntimeError(f"{error}: {answer!r}")))
