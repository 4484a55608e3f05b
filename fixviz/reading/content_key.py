"""Keys that say all that decides a described figure: the content of the stored run, and the view.

A key never holds a handle: all who hold the same run under the same name of the clip have the same
keys. Whoever asks with a key must have opened the run by a handle of his own.
"""

from __future__ import annotations

import functools
import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from fixviz.reading.run import RunContent, StoredResult, StoredRun


@dataclass(frozen=True)
class ContentKey:
    """What decides a value that was computed from a stored run."""

    run: RunContent
    of: str
    """SHA-256 of the function and its other arguments."""


def content_key(function: Any, *arguments: Any, **named: Any) -> ContentKey:
    """Return the key of what a function returns for these arguments.

    They are plain data, views, stored results, or `functools.partial` in the place of what it
    returns. A stored result counts by the hashes of its arrays. TypeError for what cannot be told
    apart without reading it, such as an array, and without a run or with several.
    """
    found = _Arguments()
    content = found.plain((function, arguments, named))
    runs = set(found.runs)
    if len(runs) != 1:
        raise TypeError(f"A figure is described from one run, not from {len(runs)}.")
    return ContentKey(runs.pop(), hashlib.sha256(repr(content).encode()).hexdigest())


class _Arguments:
    """Arguments as plain data, and the runs that are among them."""

    def __init__(self) -> None:
        self.runs: list[RunContent] = []
        self._entries: dict[int, str] = {}

    def plain(self, value: Any) -> Any:
        """Return what tells a value from others of its type, with a text that differs for others."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case StoredRun():
                return self._run(value)
            case StoredResult():
                run = self._run(value.run)
                about = json.dumps(value.description, sort_keys=True, default=str)
                return run, value.request.name, hashlib.sha256(about.encode()).hexdigest()
            case functools.partial():
                return "partial", self.plain(value.func), self.plain((value.args, value.keywords))
            case types.FunctionType():
                if value.__closure__ is not None:
                    raise TypeError(f"{value.__qualname__} depends on more than its arguments.")
                line = value.__code__.co_firstlineno
                return "function", value.__module__, value.__qualname__, line
            case types.BuiltinFunctionType() if isinstance(value.__self__, types.ModuleType):
                return "function", value.__module__, value.__qualname__
            case type():
                return "type", value.__module__, value.__qualname__
            case Mapping():
                if id(value) in self._entries:
                    return "entry", self._entries[id(value)]
                items = [(self.plain(key), self.plain(item)) for key, item in value.items()]
                return "mapping", sorted(items, key=repr)
            case tuple() | list():
                return [self.plain(item) for item in value]
        if is_dataclass(value) and not isinstance(value, type):
            content = [self.plain(getattr(value, field.name)) for field in fields(value)]
            return type(value).__module__, type(value).__qualname__, content
        raise TypeError(f"{type(value).__name__} is not told apart by its content.")

    def _run(self, run: StoredRun) -> str:
        if run.content not in self.runs:
            self.runs.append(run.content)
            # Entries of the models are long, and their names stand for them.
            self._entries |= {id(entry): entry["name"] for entry in run.manifest["models"]}
        return "run"
