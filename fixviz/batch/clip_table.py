"""Keep the table of clips, clips.parquet, so that each clip costs the same however many there are.

A Parquet file cannot grow, and writing all of it for every shard would take a time that grows with the square
of the number of clips. So rows go to a journal, and into the file when there are many of them: its rows are
written about 1 / NEW times over in all. Whoever opens the table finds both.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from fixviz.batch.layout import Layout
from fixviz.batch.schema import CLIP_COLUMNS, KEY, arrow_schema
from fixviz.store.files import write_atomic

NEW: Final = 0.1
"""Share of the rows from which on new ones go into the file."""
_OWN: Final = frozenset(column.name for column in CLIP_COLUMNS)
Row: TypeAlias = dict[str, Any]


class ClipTable:
    """Hold the rows of a data set's clips. One process writes; all methods may raise OSError."""

    def __init__(self, layout: Layout) -> None:
        """Read the rows; those of a journal that a crash left go into the file."""
        self._layout = layout
        path = layout.clips
        found = pq.read_table(path, partitioning=None).to_pylist() if path.exists() else []
        self._rows: dict[tuple[Any, ...], Row] = {_key_of(row): row for row in found}
        self._new: list[Row] = []
        """Neither in the file nor in the journal."""
        self._noted, self._in_file = 0, len(self._rows)
        left = list(self._journal())
        if left or layout.journal.exists():
            self._rows |= {_key_of(row): row for row in left}
            self._write()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, in the order in which clips came first."""
        return iter(self._rows.values())

    def find(self, row: Mapping[str, Any]) -> Row | None:
        """Return the row of the clip that `row` is of; None for a new one."""
        return self._rows.get(_key_of(row))

    def note(self, row: Row) -> None:
        """Add a row, or put it in the place of the clip's earlier one."""
        self._rows[_key_of(row)] = row
        self._new.append(row)
        self._noted += 1

    def save(self, *, whole: bool) -> bool:
        """Have all rows on the disk, and return whether the file has them. whole: it shall."""
        if whole or self._noted >= NEW * self._in_file:
            self._write()
            return True
        if self._new:
            self._layout.journal.parent.mkdir(parents=True, exist_ok=True)
            # A row that a full disk cut ends at the next one.
            text = "".join(f"\n{json.dumps(row)}" for row in self._new)
            with self._layout.journal.open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._new = []
        return False

    def _journal(self) -> Iterator[Row]:
        """Yield the rows of the journal, but one that a crash cut."""
        with contextlib.suppress(FileNotFoundError), self._layout.journal.open("rb") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    yield json.loads(line)

    def _write(self) -> None:
        carried = dict.fromkeys(name for row in self._rows.values() for name in row)
        own = arrow_schema(CLIP_COLUMNS)
        schema = pa.schema([*own, *((n, pa.string()) for n in carried if n not in _OWN)])
        first: dict[str, str] = {}
        rows = []
        for row in self._rows.values():
            original = first.setdefault(row["run"], row["path"]) if row["run"] else None
            is_first = original is None or first[row["run"]] == row["path"]
            rows.append({**row, "same_as": None if is_first else original})
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema), sink, compression="zstd")
        write_atomic(self._layout.clips, sink.getvalue())
        self._layout.journal.unlink(missing_ok=True)
        self._new, self._noted, self._in_file = [], 0, len(rows)


def _key_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)
