"""One short text for all that a lesson is built from: with another text or number, it is another one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from fixviz import resources
from fixviz.analysis import measure_table
from fixviz.reading import definitions

_HERE: Final = Path(__file__).resolve().parent
_READING: Final = Path(definitions.__file__).resolve().parent
_MEASURES: Final = Path(measure_table.__file__).resolve()


def course_version() -> str:
    """Return a hash of the course's texts, data and code.

    Files that have not changed since the last call, by size and time, are not read again.
    """
    return _hash(tuple(_state(path) for path in _files()))


def _files() -> Iterator[Path]:
    yield from sorted(path for path in resources.lessons().rglob("*") if path.is_file())
    # Artifacts are named by their content in what lies beside them, and there are hundreds.
    yield from sorted(resources.course().rglob("*.json"))
    yield from sorted(_HERE.rglob("*.py"))
    yield from sorted(_READING.glob("*.py"))
    yield _MEASURES


def _state(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=1)
def _hash(states: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, size, _ in states:
        digest.update(f"{path.name}\0{size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
