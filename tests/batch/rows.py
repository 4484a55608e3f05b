"""The content of data sets, for comparing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fixviz.batch.data_set import read_clips
from fixviz.batch.layout import Layout
from fixviz.batch.reading import open_table
from fixviz.batch.schema import TABLES


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, in order."""
    return open_table(folder, table).to_table().to_pylist()


def content(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but clips; without what says when and where a run was computed."""
    return {name: rows(folder, name) for name in TABLES}


def clips(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows of clips.parquet by the name of the clip."""
    found = read_clips(folder).to_pylist()
    assert len({row["clip"] for row in found}) == len(found)
    return {row["clip"]: row for row in found}


def files(folder: Path) -> dict[str, bytes]:
    """The content of all files of tables."""
    paths = [path for name in TABLES for path in Layout(folder).shards(name)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def schema_of(path: Path) -> pa.Schema:
    """The columns that stand in a file."""
    return pq.read_schema(path)
