"""Write the rows of runs into a shard: one Parquet file for each table and model.

A file for each clip would make millions of them, which no reader opens in a second. So the rows of many
clips lie in one shard, of at most about SHARD_BYTES, in row groups of ROW_GROUP rows. A shard is written in a
folder that no reader looks at, and then published as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fixviz.batch.layout import Layout, model_folder, shard_name
from fixviz.batch.schema import RUNS_TABLE, TABLES, SetTable, arrow_schema, stored_columns
from fixviz.reading.exports.columns import Block, Column, Manifest, length_of
from fixviz.reading.exports.tables import RUN_TABLES
from fixviz.store import Store

SHARD_BYTES: Final = 128 * 10**6
"""Bytes on disk from which on a shard takes no more runs."""
ROW_GROUP: Final = 32_768
"""Rows in a row group: what is kept in memory before it is written."""


@dataclass(frozen=True)
class Rows:
    """Hold rows of one table and model, packed."""

    table: str
    model: str
    count: int
    data: pa.Buffer


@dataclass(frozen=True)
class RunRows:
    """Hold all rows that one run adds to a data set; they can be sent between processes."""

    key: str
    parts: tuple[Rows, ...]
    run: pa.Buffer
    """The row of the table of runs, packed, without the number of its shard."""


class Shard:
    """Take the rows of runs and write them below `staging`, in the layout of the data set.

    Rows are in the order in which the runs come, each run's in the order of its CSV files. All methods may
    raise OSError.
    """

    def __init__(self, staging: Path, number: int) -> None:
        self.staging, self.number = staging, number
        self.replaces: set[str] = set()
        """Files of the published shard whose rows were copied."""
        self._files: dict[Path, _File] = {}

    @property
    def bytes(self) -> int:
        """Bytes written so far."""
        return sum(file.bytes for file in self._files.values())

    def add(self, rows: RunRows) -> None:
        """Add the rows of a run."""
        for part in rows.parts:
            self._file(TABLES[part.table], part.model).add_packed(part.data, part.count)
        run = _unpacked([rows.run]).to_batches()[0]
        place = run.schema.get_field_index("part")
        number = pa.array([self.number], run.schema.field(place).type)
        self._file(RUNS_TABLE).add(run.set_column(place, run.schema.field(place), number))

    def copy(self, layout: Layout, without: Set[str] = frozenset()) -> None:
        """Add the rows of the published shard of the same number, but those of the runs `without`."""
        gone = pa.array(sorted(without), pa.string())
        for name, table in TABLES.items():
            for path in layout.shards(name, self.number):
                place = path.relative_to(layout.folder)
                self.replaces.add(place.as_posix())
                target = self._files.setdefault(place, _File(self.staging / place, table))
                with pq.ParquetFile(path) as file:
                    for group in range(file.num_row_groups):
                        rows = file.read_row_group(group)
                        if without:
                            rows = rows.filter(pc.invert(pc.is_in(rows["run"], gone)))
                        for batch in rows.to_batches():
                            target.add(batch)

    def close(self) -> list[str]:
        """Write what is left; return the files that have rows, below `staging`, the runs last."""
        written = [path.as_posix() for path, file in self._files.items() if file.close()]
        return sorted(written, key=lambda path: (path.startswith(f"{RUNS_TABLE.name}/"), path))

    def _file(self, table: SetTable, model: str | None = None) -> _File:
        folder = Path(table.name) if model is None else Path(table.name) / model_folder(model)
        path = folder / shard_name(self.number)
        if path not in self._files:
            self._files[path] = _File(self.staging / path, table)
        return self._files[path]


def collect_rows(key: str, store: Store, handle: str) -> RunRows:
    """Return the rows of a stored run. Raises StorageError for one that cannot be read."""
    manifest = store.manifest(handle)
    parts = []
    for described in RUN_TABLES:
        table = TABLES[described.name]
        for block in described.blocks(store, handle, manifest):
            batch = _batch(stored_columns(table), key, block)
            parts.append(Rows(table.name, str(block["model"]), batch.num_rows, _packed(batch)))
    return RunRows(key, tuple(parts), _packed(_run_batch(key, None, manifest)))


def rows_of_run(table: SetTable, key: str, store: Store, handle: str) -> pa.Table:
    """Return the rows that a stored run gives a table, with the model. Raises RunNotFound, StorageError."""
    manifest = store.manifest(handle)
    if table is RUNS_TABLE:
        return pa.Table.from_batches([_run_batch(key, None, manifest)])
    described = next(found for found in RUN_TABLES if found.name == table.name)
    batches = [
        _batch(table.columns, key, block) for block in described.blocks(store, handle, manifest)
    ]
    return pa.Table.from_batches(batches, arrow_schema(table.columns))


class _File:
    """One Parquet file that grows by row groups."""

    def __init__(self, path: Path, table: SetTable) -> None:
        self._path = path
        self._schema = arrow_schema(stored_columns(table))
        self._waiting: list[pa.Buffer] = []
        self._count = 0
        self._writer: pq.ParquetWriter | None = None
        self._sink: Any = None

    @property
    def bytes(self) -> int:
        return 0 if self._sink is None or self._sink.closed else int(self._sink.tell())

    def add(self, batch: pa.RecordBatch) -> None:
        self.add_packed(_packed(batch), batch.num_rows)

    def add_packed(self, data: pa.Buffer, count: int) -> None:
        self._waiting.append(data)
        self._count += count
        if self._count >= ROW_GROUP:
            rows = _unpacked(self._waiting)
            whole = self._count - self._count % ROW_GROUP
            self._write(rows.slice(0, whole))
            self._waiting = [_packed(batch) for batch in rows.slice(whole).to_batches()]
            self._count -= whole

    def close(self) -> bool:
        """Write the rest; return whether the file has rows."""
        if self._count:
            self._write(_unpacked(self._waiting))
            self._waiting, self._count = [], 0
        if self._writer is None:
            return False
        self._writer.close()
        self._sink.flush()
        os.fsync(self._sink.fileno())
        self._sink.close()
        return True

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._sink = self._path.open("wb")
            self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._writer.write_table(rows, row_group_size=ROW_GROUP)


def _batch(columns: Sequence[Column], key: str, block: Block) -> pa.RecordBatch:
    """Return these columns of a block of a run in Arrow; those that the run lacks are null."""
    schema = arrow_schema(columns)
    count = length_of(block)
    arrays = []
    for field in schema:
        values = key if field.name == "run" else block.get(field.name)
        if values is None:
            arrays.append(pa.nulls(count, field.type))
        elif isinstance(values, str):
            arrays.append(pa.repeat(pa.scalar(values, field.type), count))
        else:
            arrays.append(_array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _packed(batch: pa.RecordBatch) -> pa.Buffer:
    """Return a batch in one piece of Arrow's memory, compressed.

    As arrays of NumPy, small pieces that wait between large ones that come and go would make the process
    grow with the number of clips.
    """
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


def _unpacked(packed: Sequence[pa.Buffer]) -> pa.Table:
    return pa.concat_tables([pa.ipc.open_stream(buffer).read_all() for buffer in packed])


def _array(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return values in Arrow; what is undefined is null."""
    if values.dtype == object:
        return pa.array(values.tolist(), kind)
    target = np.dtype(kind.to_pandas_dtype())
    return pa.array(np.ascontiguousarray(values, target), kind, from_pandas=True)


def _run_batch(key: str, number: int | None, manifest: Manifest) -> pa.RecordBatch:
    """Return the row of a run in the table of runs."""
    clip, sampling = manifest["clip"], manifest["sampling"]
    values = {
        "run": key,
        "part": number,
        "frames": len(manifest["frames"]["index"]),
        "known_target": manifest.get("truth") is not None,
        "notes": "\n".join(str(note) for note in manifest.get("notes", ())),
        **{name: clip[name] for name in ("name", "sha256", "width", "height", "fps", "duration_s")},
        **{name: clip[name] for name in ("codec", "container")},
        **{name: sampling[name] for name in ("rate_hz", "start_s", "end_s", "truncated")},
        **{name: manifest.get(name) for name in ("device", "seconds", "created")},
    }
    schema = arrow_schema(stored_columns(RUNS_TABLE))
    arrays = [pa.array([values[field.name]], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
