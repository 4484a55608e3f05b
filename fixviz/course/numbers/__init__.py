"""Numbers of a run that the lessons name, such as `run.tokens`; one module for each lesson.

Each module has `numbers(run: StoredRun) -> dict[str, float]`, whose names begin with "run.". `clip` has
those that several lessons use. A module that is added here is found by itself.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module

from fixviz.reading.run import StoredRun

PREFIX = "run."
Numbers = Callable[[StoredRun], dict[str, float]]


def numbers_of(run: StoredRun) -> dict[str, float]:
    """Return the numbers of all lessons by name; NaN for what is undefined in this run.

    Raises KeyError for a run that lacks a model of the lessons, StorageError for a run without an array
    that they need, ValueError where two modules give the same name.
    """
    found: dict[str, float] = {}
    for module, numbers in _modules():
        for name, value in numbers(run).items():
            if not name.startswith(PREFIX) or name in found:
                raise ValueError(f"{module} names a number {name!r}: not one of its own")
            found[name] = float(value)
    return found


def _modules() -> Iterator[tuple[str, Numbers]]:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield module.name, import_module(module.name).numbers
