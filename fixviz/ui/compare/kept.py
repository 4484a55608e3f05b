"""Answers to questions about many clips, kept in memory for all visitors, up to a size.

A key begins with the identity of what is compared. That of a data set changes with its files; that of chosen
runs holds their handles, so that nobody gets an answer who may not open the runs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import pyarrow as pa

from fixviz.comparison.choosing import published, title_of
from fixviz.comparison.data_set import identity_of, open_data_set
from fixviz.comparison.question import Comparison, Question, answer
from fixviz.comparison.rows import ArrowRows
from fixviz.comparison.runs import open_runs
from fixviz.comparison.source import Clip, Source
from fixviz.comparison.values import Curve, curves
from fixviz.errors import OptionError, StorageError
from fixviz.reading.run import RunContent, StoredRun
from fixviz.reading.sharing import SharedCache
from fixviz.ui.services import services

T = TypeVar("T")
_MOST_BYTES: Final = 64 * 10**6
_ANSWERS: Final[SharedCache[str]] = SharedCache(_MOST_BYTES)
_NOTHING: Final = Source("", (), "", "", (), {}, (), 0, 0, ArrowRows({}))


def data_set(name: str) -> Source:
    """Return a published data set. Raises OptionError, StorageError."""
    folder = published(services().settings).get(name)
    if folder is None:
        raise OptionError(f"There is no data set {name!r} here any more.")
    try:
        identity = identity_of(folder)
    except OSError as error:
        raise StorageError(f"The data set {name} cannot be read ({error.strerror}).") from None
    return _kept(identity, "source", lambda: open_data_set(folder, name, title_of(name)))


def of_runs(handles: Sequence[str]) -> Source:
    """Return chosen runs. Raises OptionError, RunNotFound, StorageError."""
    store = services().store
    return open_runs([StoredRun.open(store, handle) for handle in handles], _tables)


def answered(source: Source, question: Question) -> Comparison:
    """Return the answer to a question. Raises OptionError, StorageError."""
    # Without the clips, which are kept once, with the source.
    bare = _kept(
        source.identity, question, lambda: replace(answer(source, question), source=_NOTHING)
    )
    return replace(bare, source=source)


def over_time(found: Comparison, clips: Sequence[Clip]) -> dict[tuple[str, str], Curve]:
    """Return the quantity of an answer over time, in these clips. Raises StorageError."""
    source, models, place = found.source, found.question.models, found.place
    key = ("curves", found.quantity.name, place, models, tuple(clip.key for clip in clips))
    return _kept(source.identity, key, lambda: curves(source, found.quantity, place, models, clips))


def _kept(identity: str, key: Hashable, make: Callable[[], T]) -> T:
    return _ANSWERS.get(identity, key, make)


def _tables(content: RunContent, make: Callable[[], dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Keep the tables of a run with what else is shared of it, which goes when the run is deleted."""
    return services().shared.get(content, "compared tables", make)
