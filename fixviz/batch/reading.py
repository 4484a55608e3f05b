"""Read a data set of many clips as Arrow tables, with what the list says of each clip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from fixviz.batch.data_set import read_clips
from fixviz.batch.layout import Layout
from fixviz.batch.schema import CLIP_COLUMNS, MODEL, TABLES, SetTable, arrow_schema
from fixviz.errors import OptionError

_LEFT_OUT = {column.name for column in CLIP_COLUMNS} - {"clip", "folder", "run"}
"""Columns of clips.parquet that rows of other tables do not get."""


def open_table(folder: Path, name: str) -> ds.Dataset:
    """Return a table of the data set in a folder, with the column `model`; nothing is read yet.

    A table that no run has is empty. Raises OptionError for an unknown name.
    """
    table = table_named(name)
    schema = arrow_schema(table.columns)
    files = [str(path) for path in Layout(folder).shards(name)]
    if not files:
        return ds.dataset(schema.empty_table())
    partitioning = ds.partitioning(pa.schema([(MODEL, pa.string())]), flavor="hive")
    return ds.dataset(
        files,
        schema,
        format="parquet",
        partitioning=partitioning if table.by_model else None,
        partition_base_dir=str(folder / name),
    )


def read_table(
    folder: Path,
    name: str,
    columns: Sequence[str] | None = None,
    where: ds.Expression | None = None,
) -> pa.Table:
    """Return rows of a table, each after the clip's name, its folder and the columns that the list has.

    columns: those of the table to read; None for all. where: which rows, as an expression of
    pyarrow.dataset over the table's columns. Rows are in the order in which clips were analyzed; a run of
    several clips has its rows once more for each further clip, at the end. A column of the list that is
    called as one of the table gets clip_ before its name.
    """
    chosen = None if columns is None else list(dict.fromkeys(["run", *columns]))
    rows = open_table(folder, name).to_table(columns=chosen, filter=where)
    clips = read_clips(folder)
    clips = clips.filter(pc.is_valid(clips["run"]))
    parts: list[pa.Table] = []
    while clips.num_rows or not parts:
        first = _first_of_each_run(clips)
        place = pc.index_in(rows["run"], clips.take(first)["run"])
        found = pc.is_valid(place)
        parts.append(_beside(clips.take(first).take(place.filter(found)), rows.filter(found)))
        clips = clips.filter(pc.invert(pc.is_in(pa.array(range(clips.num_rows)), first)))
    return pa.concat_tables(parts)


def table_named(name: str) -> SetTable:
    """Return the description of a table. Raises OptionError for an unknown name."""
    if name not in TABLES:
        raise OptionError(f"There is no table {name!r}; there are {', '.join(TABLES)}.")
    return TABLES[name]


def _first_of_each_run(clips: pa.Table) -> pa.Array:
    """Return the places of the clips that are the first with their run."""
    seen: dict[str, int] = {}
    for place, run in enumerate(clips["run"].to_pylist()):
        seen.setdefault(run, place)
    return pa.array(seen.values(), pa.int64())


def _beside(clips: pa.Table, rows: pa.Table) -> pa.Table:
    """Return rows of a table, each after the columns of its clip."""
    columns = {}
    for name in clips.column_names:
        if name not in _LEFT_OUT and name != "run":
            columns[f"clip_{name}" if name in rows.column_names else name] = clips[name]
    return pa.table({**columns, **{name: rows[name] for name in rows.column_names}})
