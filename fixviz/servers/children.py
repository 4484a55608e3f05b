"""Keep a child process running: start it, pass on what it prints, start it again when it ends, and end it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from fixviz.errors import JobError

_log = logging.getLogger(__name__)
_MOST_ENDS: Final = 5
_WITHIN_S: Final = 60.0


class Child:
    """One process, replaced when it ends. Used from the main thread: a child ends with its thread."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        orphaned: signal.Signals,
    ) -> None:
        """Make it without starting. name: what messages call it. orphaned: what it gets if we are killed."""
        self.name = name
        self._command, self._environment = command, environment
        self._orphaned = orphaned
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: deque[float] = deque(maxlen=_MOST_ENDS)
        self._left_behind = False
        """Whether the last process may have left processes behind."""
        self.last_line = ""
        """What it printed last."""

    @property
    def pid(self) -> int | None:
        """Id of the process; None before the start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process."""
        bound = (sys.executable, "-m", "fixviz.servers.bound", str(os.getpid()))
        self._process = subprocess.Popen(
            [*bound, str(int(self._orphaned)), *self._command],
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the command alone, which ends its children in order.
            start_new_session=True,
        )
        self._left_behind = True
        output = self._process.stdout
        threading.Thread(target=self._pass_on, args=(output,), daemon=True).start()

    def mend(self) -> None:
        """Start the process again if it has ended. Raises JobError when that happens again and again."""
        if self._process is None or self._process.poll() is None:
            return
        self._end_group()
        now = time.monotonic()
        self._ends.append(now)
        if len(self._ends) == _MOST_ENDS and now - self._ends[0] < _WITHIN_S:
            said = f" It last said: {self.last_line}" if self.last_line else ""
            raise JobError(f"{self.name} ended {_MOST_ENDS} times within a minute.{said}")
        code = self._process.returncode
        _log.warning("%s ended and is started again", self.name, extra={"exit_code": code})
        self.start()

    def terminate(self) -> None:
        """Ask the process to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self._send(signal.SIGKILL)

    def has_ended(self) -> bool:
        """Tell whether there is no process, and end what it has left behind."""
        if self._process is not None:
            if self._process.poll() is None:
                return False
            self._end_group()
        return True

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _end_group(self) -> None:
        """End the processes that a process has started which has ended, such as nginx's workers."""
        if self._process is not None and self._left_behind:
            self._left_behind = False
            # It was the first of a session of its own, so their group has its number.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _pass_on(self, output: IO[bytes]) -> None:
        with output, contextlib.suppress(OSError, ValueError):
            for raw in output:
                line = raw.decode("utf-8", "replace").rstrip()
                self.last_line = line or self.last_line
                sys.stderr.write(f"{named(line, self.name)}\n")
                sys.stderr.flush()


def named(line: str, name: str) -> str:
    """Return a line of a log with the name of the process that wrote it: in front, or as a key of JSON."""
    with contextlib.suppress(ValueError):
        found: Any = json.loads(line)
        if isinstance(found, dict):
            return json.dumps({**found, "process": name})
    return f"{name}: {line}"
