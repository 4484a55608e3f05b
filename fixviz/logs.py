"""Write what the server logs to its standard error: lines for people, or one JSON object a line.

All modules use the standard library's loggers, `logging.getLogger(__name__)`, with plain values in
`extra`. The names of clips and the handles of visitors belong in no message. Handles are blotted out here
as well, since the text of an error may hold one, unless the level is "debug".
"""

from __future__ import annotations

import json
import logging
import re
import threading
from datetime import UTC, datetime
from typing import Any, Final

from fixviz.settings import Settings

_SECRET: Final = re.compile(
    r"(?<![\w-])(?=[\w-]{0,21}[A-Z])(?=[\w-]{0,21}[a-z])[\w-]{22}(?![\w-])", re.ASCII
)
"""Handles of runs, ids of jobs and names of owners: 16 random bytes as `token_urlsafe` writes them."""
_STANDARD: Final = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "taskName"}


class _Formatter(logging.Formatter):
    """Format a record for one line, with its `extra` values."""

    def __init__(self, secrets_too: bool) -> None:
        super().__init__()
        self._secrets_too = secrets_too

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the message, the values of `extra` and the traceback of a record."""
        found: dict[str, Any] = {"message": record.getMessage()}
        # Names that begin with an underscore are notes of libraries, such as Ray's in every record.
        found |= {
            name: value
            for name, value in vars(record).items()
            if name not in _STANDARD and not name.startswith("_")
        }
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return found if self._secrets_too else {k: _blotted(v) for k, v in found.items()}


class TextFormatter(_Formatter):
    """Write "2026-11-27 14:05:09 WARNING fixviz.engine: message (key=value)", then a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of the traceback if there is one."""
        parts = self.parts(record)
        message, trace = parts.pop("message"), parts.pop("exception", "")
        values = ", ".join(f"{name}={value}" for name, value in parts.items())
        when = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        line = f"{when} {record.levelname} {record.name}: {message}"
        return line + (f" ({values})" if values else "") + (f"\n{trace}" if trace else "")


class JsonFormatter(_Formatter):
    """Write an object with time (ISO 8601, UTC), level, logger, message and the values of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as one line of ASCII."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": when, "level": record.levelname.lower(), "logger": record.name}
        return json.dumps({**head, **self.parts(record)}, default=str)


def configure(settings: Settings) -> logging.Handler:
    """Send the log of this process to standard error as the settings say, and return the handler.

    What ends a thread, or is warned of, goes there too. A second call takes the place of the first.
    """
    logger = logging.getLogger("fixviz")
    for old in [h for h in logger.handlers if isinstance(h.formatter, _Formatter)]:
        logger.removeHandler(old)
    kind = JsonFormatter if settings.log == "json" else TextFormatter
    handler = logging.StreamHandler()
    handler.setFormatter(kind(secrets_too=settings.log_level == "debug"))
    logger.addHandler(handler)
    logger.setLevel(settings.log_level.upper())
    threading.excepthook = _log_thread
    return handler


def _log_thread(end: threading.ExceptHookArgs) -> None:
    if end.exc_type is SystemExit or end.exc_value is None:
        return
    name = end.thread.name if end.thread else ""
    problem = (end.exc_type, end.exc_value, end.exc_traceback)
    logging.getLogger("fixviz").error(
        "A thread ended by an error", exc_info=problem, extra={"thread_name": name}
    )


def _blotted(value: Any) -> Any:
    return _SECRET.sub("...", value) if isinstance(value, str) else value
