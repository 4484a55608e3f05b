"""Open a data set of `fixviz analyze` for comparing."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fixviz.batch.data_set import read_clips
from fixviz.batch.layout import MARK, Layout, read_description
from fixviz.batch.reading import open_table
from fixviz.batch.schema import CLIP_COLUMNS, TABLES, VERSION
from fixviz.comparison.rows import ParquetRows
from fixviz.comparison.source import Clip, ModelEntry, Source, clip_keys, named_models
from fixviz.errors import FixvizError, OptionError, StorageError
from fixviz.model.config import checkpoint_names, read_config, resolve_checkpoint

_OWN = {column.name for column in CLIP_COLUMNS}
_PLACES = """
SELECT axis, max(layer) + 1 AS layers, max(head) + 1 AS heads FROM {rows} WHERE frame = 0 GROUP BY axis
ORDER BY axis = 'temporal', axis
"""


def open_data_set(folder: Path, name: str = "", title: str = "") -> Source:
    """Return the clips and models of the data set in a folder.

    name, title: what links and pages call it; else the folder as it was given, and its name. Clips that
    failed are counted; those with the content of an earlier one are counted and left out. Raises OptionError
    for a folder that holds no data set or one of another version, StorageError for files that cannot be
    read.
    """
    described = read_description(folder)
    if described is None:
        raise OptionError(
            f"{folder} holds no data set; fixviz analyze FOLDER --out {folder} makes one."
        )
    if described[MARK] != VERSION:
        raise OptionError(f"{title or folder} is a data set of another version of fixviz.")
    try:
        listed = read_clips(folder).to_pylist()
        runs = open_table(folder, "runs").to_table(columns=["run", "sha256"]).to_pylist()
        identity = identity_of(folder)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors.
        raise StorageError(f"The data set {title or folder} cannot be read ({error}).") from None
    videos = {row["run"]: row["sha256"] for row in runs}
    first: dict[str, Mapping[str, Any]] = {}
    for row in listed:
        if row["run"] in videos:
            first.setdefault(row["run"], row)
    keys = clip_keys(list(first))
    rows = ParquetRows(folder)
    models = models_of(list(described.get("request", {}).get("models", {})))
    places = rows.read(_PLACES, "metrics", list(models), ())
    return Source(
        name or str(folder),
        [name or str(folder)],
        title or folder.resolve().name,
        identity,
        [
            Clip(key, row["clip"], row["run"], videos[row["run"]], row.get("handle"), _carried(row))
            for key, row in zip(keys, first.values(), strict=True)
        ],
        models,
        [str(axis) for axis in places["axis"]],
        max((int(n) for n in places["layers"]), default=0),
        max((int(n) for n in places["heads"]), default=0),
        rows,
        rows.tables,
        sum(1 for row in listed if row["run"] in videos) - len(first),
        sum(1 for row in listed if row["run"] is None),
    )


def identity_of(folder: Path) -> str:
    """Return a text that differs as soon as a file of the data set changes. Raises OSError."""
    layout = Layout(folder)
    paths = [layout.description, layout.clips]
    paths += [path for name in TABLES for path in layout.shards(name)]
    parts = [str(folder.resolve())]
    for path in paths:
        status = path.stat()
        parts.append(
            f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
        )
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def models_of(names: Sequence[str]) -> dict[str, ModelEntry]:
    """Return models by name, with their titles where they are shipped checkpoints."""
    shipped = checkpoint_names()
    titles = {}
    for name in names:
        titles[name] = name
        with contextlib.suppress(FixvizError):
            if name in shipped:
                titles[name] = read_config(resolve_checkpoint(name)).title
    return named_models(titles)


def _carried(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns of the list, and the clip's folder where it has one."""
    found = {name: str(value) for name, value in row.items() if name not in _OWN and value}
    return {**found, **({"folder": row["folder"]} if row["folder"] else {})}
