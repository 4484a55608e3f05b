"""Make the data set that comes with fixviz: the sample clips and the example clips, with three models.

`python -m fixviz.comparison.shipped` analyzes them and writes assets/compared. Of the tables, those that
comparisons read are kept, and numbers to four digits, which halves the files. It names no run of a store:
the clips lie beside it, and Watch analyzes them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fixviz import resources
from fixviz.batch.layout import Layout
from fixviz.batch.lazy import analyze
from fixviz.batch.schema import TABLES
from fixviz.comparison.quantities import QUANTITIES

_KEPT: Final = {"runs", *(quantity.table for quantity in QUANTITIES.values())}
_DROPPED_BITS: Final = 10
"""Of the 23 bits of a number's fraction; the others say it to one in 8,000."""
_GROUPS: Final = {"samples": "sample clips"}
"""What the list says of the folder; example clips are grouped by their motion."""


def clips() -> dict[str, list[str]]:
    """Return the clips as columns of a list: path, name and group."""
    folders = {"samples": resources.samples(), "teaching": resources.teaching()}
    rows = [
        (path, f"{name}/{path.relative_to(folder).as_posix()}")
        for name, folder in folders.items()
        for path in sorted(folder.rglob("*.mp4"))
    ]
    groups = [_GROUPS.get(name.split("/")[0], name.split("/")[1]) for _, name in rows]
    return {"path": [str(path) for path, _ in rows], "group": groups, "name": [n for _, n in rows]}


def make(folder: Path) -> None:
    """Analyze the clips and write the data set into a folder, in the place of what is there."""
    listed = clips()
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "made"
        analyze(listed, out=made, device="cpu", progress=True).compute()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(Layout(made).description, Layout(folder).description)
        _write(_public(pq.read_table(Layout(made).clips, partitioning=None)), Layout(folder).clips)
        for name in TABLES:
            for path in Layout(made).shards(name) if name in _KEPT else ():
                target = folder / path.relative_to(made)
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(_rounded(pq.read_table(path, partitioning=None)), target)


def _public(table: pa.Table) -> pa.Table:
    """Return the clips under the names of their files here, without what belongs to one machine."""
    names = table["name"]
    gone = {"path": names, "clip": names, "folder": pa.array([""] * table.num_rows)}
    gone |= {"handle": pa.nulls(table.num_rows, pa.string())}
    gone |= {"modified_ns": pa.nulls(table.num_rows, pa.int64())}
    for name, column in gone.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table.drop_columns(["name"])


def _rounded(table: pa.Table) -> pa.Table:
    """Return the table with the last bits of its numbers zero; rounded to the nearest."""
    for place, field in enumerate(table.schema):
        if field.type == pa.float32():
            column = table[field.name].combine_chunks()
            bits = np.asarray(column.fill_null(0.0)).view(np.uint32).astype(np.uint64)
            half = 1 << (_DROPPED_BITS - 1)
            kept = ((bits + half) >> _DROPPED_BITS << _DROPPED_BITS).astype(np.uint32)
            values = pa.array(kept.view(np.float32), mask=np.asarray(column.is_null()))
            table = table.set_column(place, field, values)
    return table


def _write(table: pa.Table, path: Path) -> None:
    numbers = [field.name for field in table.schema if field.type == pa.float32()]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table.column_names if name not in numbers],
        use_byte_stream_split=numbers,
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else resources.compared())
