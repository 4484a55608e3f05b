"""What is compared: clips, models, and where their rows are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

_LABELS: Final = ("label", "class")
"""Columns of a list that say the true class, the first that there is."""
MOST_GROUPS: Final = 12
"""Groups that a column is split into; rarer values are put together."""
OTHER: Final = "other"
NO_VALUE: Final = "no value"

Columns = Mapping[str, NDArray[Any]]


class Rows(Protocol):
    """Read rows of the tables with SQL."""

    def read(self, sql: str, table: str, models: Sequence[str], values: Sequence[Any]) -> Columns:
        """Return the columns of an SQL query.

        sql: has {rows} where a relation with the table's columns and `model` stands. models: of which
        models. values: of the question marks. No rows where none of the models has the table.
        """
        ...


@dataclass(frozen=True)
class Clip:
    """One clip, which is one run."""

    key: str
    """Names it in links and files; different for all clips of a source."""
    name: str
    run: str
    """As the column `run` of the tables has it."""
    video: str
    """Same for parts of the same video, which are not independent."""
    handle: str | None = None
    """Opens the run in the store."""
    carried: Mapping[str, str] = field(default_factory=dict)
    """What the list says of it, by column."""


@dataclass(frozen=True)
class ModelEntry:
    """A model that the clips were analyzed with."""

    name: str
    title: str
    color: int
    """Number of its color, the same on every page: its place among the models of the runs."""


@dataclass(frozen=True)
class Source:
    """Clips and models that can be compared."""

    name: str
    """As links call it."""
    arguments: Sequence[str]
    """As the command calls it."""
    title: str
    identity: str
    """Differs as soon as its content does."""
    clips: Sequence[Clip]
    models: Mapping[str, ModelEntry]
    axes: Sequence[str]
    layers: int
    heads: int
    rows: Rows = field(repr=False, compare=False)
    tables: frozenset[str] = frozenset()
    """Tables with rows."""
    doubles: int = 0
    """Further clips with the content of one that is there, which count once."""
    failed: int = 0
    """Clips that could not be analyzed."""

    @property
    def columns(self) -> list[str]:
        """Columns of the list that clips have, in order."""
        return list(dict.fromkeys(name for clip in self.clips for name in clip.carried))

    @property
    def label(self) -> str | None:
        """The column that says the true class; None without one."""
        lower = {name.lower(): name for name in reversed(self.columns)}
        return next((lower[name] for name in _LABELS if name in lower), None)

    @property
    def videos(self) -> NDArray[np.int64]:
        """Number of each clip's video, from 0."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(clip.video, len(numbers)) for clip in self.clips], int)

    def clip(self, key: str) -> Clip | None:
        """Return the clip of this key; None for an unknown one."""
        return next((clip for clip in self.clips if clip.key == key), None)

    def groups(self, column: str) -> list[str]:
        """Return the group of each clip in a column of the list.

        Clips without a value are a group, and so are all with values that are rarer than the MOST_GROUPS - 1
        most frequent ones where there are more than MOST_GROUPS.
        """
        values = [clip.carried.get(column, NO_VALUE) for clip in self.clips]
        counts: dict[str, int] = {}
        for value in values:
            counts[value] = counts.get(value, 0) + 1
        if len(counts) <= MOST_GROUPS:
            return values
        kept = sorted(counts, key=lambda value: (-counts[value], value))[: MOST_GROUPS - 1]
        return [value if value in kept else OTHER for value in values]


def named_models(titles: Mapping[str, str]) -> dict[str, ModelEntry]:
    """Return models by name; those with the title of another one have their name in it.

    titles: by name, in the order of the runs, which decides the colors.
    """
    taken = list(titles.values())
    return {
        name: ModelEntry(
            name, title if taken.count(title) == 1 or title == name else f"{title} ({name})", number
        )
        for number, (name, title) in enumerate(titles.items())
    }


def clip_keys(runs: Sequence[str]) -> list[str]:
    """Return a short key for each run: the first characters of its own key, as many as tell all apart."""
    length = 10
    while length < 64 and len({run[:length] for run in runs}) < len(set(runs)):
        length += 2
    return [run[:length] for run in runs]
