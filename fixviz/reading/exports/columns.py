"""Tables of a run as columns: the one form from which CSV, JSON and Parquet files are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fixviz.store import Store

Manifest: TypeAlias = Mapping[str, Any]
Block: TypeAlias = Mapping[str, "NDArray[Any] | str"]
"""Rows of a table that one model gives, as columns by name: arrays of equal length, or a text that holds in
all rows."""
Kind = Literal["text", "whole", "long", "number", "seconds", "flag"]


@dataclass(frozen=True)
class Column:
    """Describe one column."""

    name: str
    kind: Kind
    about: str
    """What it holds, with its unit."""


@dataclass(frozen=True)
class RunTable:
    """Describe one table of a run."""

    name: str
    """Name of its file, without the ending."""
    about: str
    """What one row is about."""
    columns: Sequence[Column]
    """Every column that it may have, in order."""
    blocks: Callable[[Store, str, Manifest], Iterator[Block]]
    """Takes a store, a handle and the manifest of its run; returns the rows, in order. Runs without what the
    table is made of give none."""


PLACE: Final = (
    Column("model", "text", "name of the model in the run"),
    Column("layer", "whole", "layer, from 0"),
    Column("axis", "text", "spatial, temporal or joint attention"),
    Column("head", "whole", "head, from 0"),
    Column("frame", "whole", "analyzed frame, from 0"),
    Column(
        "timestamp_s", "seconds", "when the frame began, in seconds from the start of the video"
    ),
)
"""Columns that say what a row is about."""


def attentions(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Return model and axis of each attention of a run, in order."""
    for model in manifest["models"]:
        for axis in model["axes"]:
            yield model["name"], axis


def place_of(
    manifest: Manifest, model: str, axis: str, shape: Sequence[int]
) -> dict[str, NDArray[Any] | str]:
    """Return the columns PLACE of all values of an array [L, n, N, ...] in C order."""
    layer, head, frame = (index.ravel() for index in np.indices(tuple(shape))[:3])
    times = np.array(manifest["frames"]["timestamp_s"], np.float64)[frame]
    values = (model, layer, axis, head, frame, times)
    return {column.name: value for column, value in zip(PLACE, values, strict=True)}


def length_of(block: Block) -> int:
    """Return the number of rows."""
    return next(len(values) for values in block.values() if not isinstance(values, str))


def rows_of(block: Block, digits: int | None = 6) -> Iterator[tuple[Any, ...]]:
    """Return the rows as plain values: rounded numbers, None where a value is undefined.

    digits: after the point; None for all that there are.
    """
    count = length_of(block)
    columns = [
        [values] * count
        if isinstance(values, str)
        else [_plain(value, digits) for value in values.tolist()]
        for values in block.values()
    ]
    return zip(*columns, strict=True)


def _plain(value: Any, digits: int | None) -> Any:
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return value if digits is None else round(value, digits)
