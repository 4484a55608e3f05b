"""Use the engine of another process of this computer, over a Unix socket; `hosting` is the other end."""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from fixviz.engine.engine import Engine
from fixviz.engine.health import Health
from fixviz.engine.hosting import METHODS, Answer, JobId, Request
from fixviz.engine.jobs import UploadRef
from fixviz.engine.tickets import Job
from fixviz.engine.uploads import add_masks, add_upload, admission
from fixviz.errors import JobError
from fixviz.settings import Settings

_PATIENCE_S: Final = 30.0
"""How long a call waits for an engine that is started again."""
_TRY_EVERY_S: Final = 0.1
_AT_ONCE: Final = {"health": 0.5, "counts": 2.0, "memory_bytes": 2.0}
"""Longest seconds for the questions of those who watch the server; the event loop waits for the first."""


def engine_of(settings: Settings, socket: Path) -> Engine:
    """Return an engine whose methods are those of the engine that listens at `socket`.

    Calls wait for an engine that is just being started again, and raise JobError if none comes. Uploads are
    written by this process, since both have the same home.
    """
    return cast(Engine, _RemoteEngine(settings, socket))


class _RemoteEngine:
    """Call the methods of an engine elsewhere. Safe to use from many threads."""

    def __init__(self, settings: Settings, socket: Path) -> None:
        self._settings, self._socket = settings, socket
        self._idle: deque[Connection[Request, Answer]] = deque()

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(f"An engine of another process has no {name!r}")
        return partial(self._call, name)

    def health(self) -> Health:
        try:
            found: Health = self._call("health")
        except JobError:
            return Health("dead", "dead")
        return found

    def add_upload(
        self, name: str, data: bytes | os.PathLike[str] | BinaryIO, owner: str
    ) -> UploadRef:
        found = add_upload(name, data, self._settings, admission(self._check_room, owner))
        self._call("note_upload", owner, found)
        return found

    def add_masks(
        self, name: str, pictures: Sequence[tuple[str, bytes | BinaryIO]], owner: str
    ) -> UploadRef:
        found = add_masks(name, pictures, self._settings, admission(self._check_room, owner))
        self._call("note_upload", owner, found)
        return found

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _check_room(self, owner: str, more: int, upload: Path | None = None) -> None:
        self._call("check_room", owner, more, upload)

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        limit = _AT_ONCE.get(method)
        until = time.monotonic() + (_PATIENCE_S if limit is None else limit)
        request = Request(method, arguments, named)
        for attempt in itertools.count(1):
            try:
                answer = self._ask(request, limit)
            except (OSError, EOFError):
                # It ended: its connections are of no use any more, and its jobs are lost.
                self.close()
                if time.monotonic() > until or (limit is not None and attempt > 1):
                    break
                time.sleep(0.0 if attempt == 1 else _TRY_EVERY_S)
                continue
            if answer.error is not None:
                raise answer.error
            is_job = isinstance(answer.value, JobId)
            return Job(cast(Engine, self), answer.value.id) if is_job else answer.value
        raise JobError(
            "The process that computes does not answer. It is being started again; try again in a moment."
        )

    def _ask(self, request: Request, limit_s: float | None) -> Answer:
        """Return the answer over a connection that nobody uses. Raises OSError, EOFError."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Client(str(self._socket), "AF_UNIX")
        try:
            connection.send(request)
            if limit_s is not None and not connection.poll(limit_s):
                raise TimeoutError
            answer: Answer = connection.recv()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer
