"""Read rows with DuckDB: from the Parquet files of a data set, or from Arrow tables of runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fixviz.batch.layout import Layout, model_of
from fixviz.batch.schema import MODEL, TABLES, arrow_schema
from fixviz.comparison.source import Columns
from fixviz.engine.machine import usable_cores
from fixviz.errors import StorageError

_MEMORY: Final = "512MB"
_MOST_THREADS: Final = 4
_FREE: Final = threading.BoundedSemaphore(2)
"""Queries that run at the same time: each has threads of its own."""


class ParquetRows:
    """Read the tables of a data set from its files, of which only the columns that are asked for."""

    def __init__(self, folder: Path) -> None:
        layout = Layout(folder)
        self._files: dict[str, dict[str, list[str]]] = {}
        for name, table in TABLES.items():
            found: dict[str, list[str]] = {}
            for path in layout.shards(name) if table.by_model else ():
                found.setdefault(model_of(path.parent.name), []).append(str(path))
            self._files[name] = found

    @property
    def tables(self) -> frozenset[str]:
        """Tables with files."""
        return frozenset(name for name, files in self._files.items() if files)

    def read(self, sql: str, table: str, models: Sequence[str], values: Sequence[Any]) -> Columns:
        """See `Rows.read`. Raises StorageError for files that cannot be read."""
        files = {
            model: self._files[table][model] for model in models if model in self._files[table]
        }
        if not files:
            return _ask(sql, {}, arrow_schema(TABLES[table].columns).empty_table(), values)
        relations = [
            f"SELECT {_text(model)} AS {MODEL}, * FROM read_parquet([{', '.join(map(_text, paths))}], "
            "hive_partitioning = false)"
            for model, paths in files.items()
        ]
        return _ask(sql, {"rows": f"({' UNION ALL BY NAME '.join(relations)})"}, None, values)


class ArrowRows:
    """Read tables that are in memory."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        """Take tables by name, with the columns `run` and `model`."""
        self._tables = tables

    @property
    def tables(self) -> frozenset[str]:
        """Tables with rows."""
        return frozenset(name for name, table in self._tables.items() if table.num_rows)

    def read(self, sql: str, table: str, models: Sequence[str], values: Sequence[Any]) -> Columns:
        """See `Rows.read`."""
        rows = self._tables.get(table, arrow_schema(TABLES[table].columns).empty_table())
        wanted = pc.is_in(rows[MODEL], pa.array(list(models), pa.string()))
        return _ask(sql, {}, rows.filter(wanted), values)


def _ask(
    sql: str, relations: Mapping[str, str], table: pa.Table | None, values: Sequence[Any]
) -> Columns:
    """Return the columns of a query; what is undefined is masked out or None."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": min(_MOST_THREADS, usable_cores()),
        "memory_limit": _MEMORY,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with _FREE, duckdb.connect(":memory:", config=config) as connection:
        if table is not None:
            connection.register("rows_in_memory", table)
        try:
            found = connection.execute(
                sql.format(**{"rows": "rows_in_memory", **relations}), list(values)
            ).fetchnumpy()
        except duckdb.OutOfMemoryException:
            raise StorageError("This comparison needs more memory than it may take.") from None
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as error:
            raise StorageError(
                f"The data set cannot be read ({str(error).splitlines()[0].split(':')[0]}); its files may "
                "have changed or be damaged. Run the command that made it again."
            ) from None
    return {name: _plain(column) for name, column in found.items()}


def _plain(column: Any) -> Any:
    """Return a column as an array; undefined numbers are NaN."""
    if isinstance(column, np.ma.MaskedArray):
        return column.filled(np.nan) if column.dtype.kind == "f" else column.filled()
    return np.asarray(column)


def _text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
