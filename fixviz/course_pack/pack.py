"""Find the lessons' modules, and write the course pack."""

from __future__ import annotations

import json
import math
import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from fixviz import course_pack, resources
from fixviz.course.lesson import LESSONS, QUIZ
from fixviz.course.shipped import open_run
from fixviz.course_pack.measured import measured_numbers, shown_entries
from fixviz.course_pack.shipped_run import make_run
from fixviz.course_pack.world import Made, World
from fixviz.errors import OptionError
from fixviz.evaluation.results import read_results
from fixviz.model.config import checkpoint_sha256, resolve_checkpoint

NAMES = (*LESSONS, QUIZ)
"""Names of the modules of this package that make a lesson's data. A lesson without one has none."""
PARTS = ("run", *NAMES)
PREFIX = "world."
KEPT = "kept.json"
_DATA_DIGITS, _NUMBER_DIGITS = 4, 6
Make = Callable[[World], Made]
Recheck = Callable[[World], list[tuple[Any, Any]]]


def makers() -> dict[str, Make]:
    """Return the function `make` of each lesson that has data, in the order of the lessons."""
    return {name: module.make for name, module in _modules().items()}


def rechecks() -> dict[str, Recheck]:
    """Return the function `recheck` of each lesson that keeps results.

    It returns pairs of a result that it computes again, in a few seconds, and the kept one.
    """
    return {n: module.recheck for n, module in _modules().items() if hasattr(module, "recheck")}


def _modules() -> dict[str, ModuleType]:
    found = {
        name: module.name
        for module in pkgutil.iter_modules(course_pack.__path__, f"{course_pack.__name__}.")
        if (name := module.name.rpartition(".")[2]) in NAMES
    }
    return {name: import_module(found[name]) for name in NAMES if name in found}


def open_world(pack: Path) -> World:
    """Return what lessons are made from, with the run that lies in the folder of a pack."""
    return World(read_results(resources.results()), open_run(pack), pack / KEPT)


def write_pack(pack: Path, only: str | None = None) -> None:
    """Write run, numbers and the lessons' data into the folder of a pack.

    only: "run" or the name of a lesson; the other parts stay as they are. Raises OptionError for another
    name, ValueError for numbers with wrong names.
    """
    if only is not None and only not in PARTS:
        raise OptionError(f"The pack has no part {only!r}; it has {', '.join(PARTS)}.")
    pack.mkdir(parents=True, exist_ok=True)
    if only in (None, "run"):
        make_run(pack)
    world = open_world(pack)
    named = {} if only is None else _numbers_by_lesson(pack)
    for lesson, make in makers().items():
        if only in (None, lesson):
            made = make(world)
            named[lesson] = made.numbers
            _write_data(pack / f"{lesson}.json", made.data)
    content = {
        "made_from": made_from(world),
        "numbers": plain(merged(measured_numbers(world.results), named), _NUMBER_DIGITS),
        "of_lesson": {lesson: sorted(named[lesson]) for lesson in NAMES if lesson in named},
    }
    _write(pack / "pack.json", json.dumps(content, indent=1, sort_keys=True, allow_nan=False))


def made_from(world: World) -> dict[str, str]:
    """Return the SHA-256 of each checkpoint whose results the lessons show."""
    names = shown_entries(world.results, "standard")
    return {name: checkpoint_sha256(resolve_checkpoint(name)) for name in names}


def merged(
    measured: Mapping[str, float], lessons: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Return all numbers.

    Raises ValueError for a name that is taken or does not begin with "world.", and for no finite number.
    """
    found = dict(measured)
    for lesson, numbers in lessons.items():
        for name, value in numbers.items():
            if not name.startswith(PREFIX) or name in found:
                raise ValueError(f"the lesson {lesson} names a number {name!r}: not one of its own")
            if not math.isfinite(value):
                raise ValueError(f"the number {name} is not finite: {value}")
            found[name] = value
    return found


def plain(value: Any, digits: int = _DATA_DIGITS) -> Any:
    """Return a value as JSON has it: numbers to so many significant digits, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(name): plain(part, digits) for name, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist(), digits)
    if isinstance(value, list | tuple):
        return [plain(part, digits) for part in value]
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else None
    return value


def _numbers_by_lesson(pack: Path) -> dict[str, dict[str, float]]:
    content = json.loads((pack / "pack.json").read_text(encoding="utf-8"))
    numbers = content["numbers"]
    return {
        lesson: {name: numbers[name] for name in names}
        for lesson, names in content["of_lesson"].items()
    }


def _write_data(path: Path, data: Mapping[str, Any]) -> None:
    if data:
        _write(path, json.dumps(plain(data), allow_nan=False, separators=(",", ":")))
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text}\n", encoding="utf-8")
