"""Open chosen runs of the store for comparing: the same tables as those of a data set, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import pyarrow as pa

from fixviz.batch.schema import TABLES
from fixviz.batch.shard import rows_of_run
from fixviz.comparison.quantities import QUANTITIES
from fixviz.comparison.rows import ArrowRows
from fixviz.comparison.source import Clip, Source, clip_keys, named_models
from fixviz.errors import OptionError
from fixviz.reading.run import RunContent, StoredRun

MOST_RUNS: Final = 60
_READ: Final = tuple(dict.fromkeys(quantity.table for quantity in QUANTITIES.values()))
Tables = Callable[[RunContent, Callable[[], dict[str, pa.Table]]], dict[str, pa.Table]]
"""Returns the tables of a run's content; calls the function to make those that are missing."""


def open_runs(runs: Sequence[StoredRun], keep: Tables = lambda content, make: make()) -> Source:
    """Return the clips and models of these runs.

    A run that is given twice counts once. A clip that is known to show one class carries it as `label`.
    keep: where tables are kept that were made before. Raises OptionError for none or too many, RunNotFound,
    StorageError.
    """
    found: dict[str, StoredRun] = {}
    for run in runs:
        found.setdefault(run.content.key, run)
    if not found:
        raise OptionError("Choose at least one run.")
    if len(found) > MOST_RUNS:
        raise OptionError(
            f"{len(found)} runs are too many to compare one by one; fixviz analyze makes a data set "
            f"of many clips. Choose at most {MOST_RUNS}."
        )
    keys = clip_keys(list(found))
    tables = [keep(run.content, lambda run=run: _tables(run)) for run in found.values()]  # type: ignore[misc]
    titles: dict[str, str] = {}
    for run in found.values():
        for entry in run.models:
            titles.setdefault(entry["name"], entry["title"])
    rows = ArrowRows(
        {name: pa.concat_tables([of_run[name] for of_run in tables]) for name in _READ}
    )
    entries = [entry for run in found.values() for entry in run.models]
    axes = dict.fromkeys(axis for entry in entries for axis in entry["axes"])
    return Source(
        ".".join(run.handle for run in found.values()),
        [run.handle for run in found.values()],
        "Chosen runs",
        # With handles, which are secret: a kept answer is for those who may open the runs.
        hashlib.sha256(
            " ".join(f"{key} {run.handle}" for key, run in found.items()).encode()
        ).hexdigest(),
        [_clip(key, run) for key, run in zip(keys, found.values(), strict=True)],
        named_models(titles),
        sorted(axes, key=lambda axis: (axis == "temporal", axis)),
        max(entry["layers"] for entry in entries),
        max(entry["heads"] for entry in entries),
        rows,
        rows.tables,
        len(runs) - len(found),
    )


def _tables(run: StoredRun) -> dict[str, pa.Table]:
    key = run.content.key
    return {name: rows_of_run(TABLES[name], key, run.store, run.handle) for name in _READ}


def _clip(key: str, run: StoredRun) -> Clip:
    clip: dict[str, Any] = run.manifest["clip"]
    shown = {str(segment["class"]) for segment in run.segments}
    label = {"label": shown.pop()} if len(shown) == 1 else {}
    return Clip(key, str(clip["name"]), run.content.key, str(clip["sha256"]), run.handle, label)
