"""Name the files of a data set of many clips."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

DESCRIPTION: Final = "dataset.json"
CLIPS: Final = "clips.parquet"
ERRORS: Final = "errors.csv"
RUNS: Final = "runs"
"""Folder of the table of runs, which names the rows of all other tables that count."""
STAGING: Final = ".writing"
JOURNAL: Final = "clips.jsonl"
LOCK: Final = ".lock"
MARK: Final = "fixviz_data_set"
"""Key of the description that holds the version of its form."""


@dataclass(frozen=True)
class Layout:
    """Return the paths of one data set."""

    folder: Path

    @property
    def description(self) -> Path:
        """What was asked for, and the version of the data set's form."""
        return self.folder / DESCRIPTION

    @property
    def clips(self) -> Path:
        """The table of clips."""
        return self.folder / CLIPS

    @property
    def errors(self) -> Path:
        """The clips that failed."""
        return self.folder / ERRORS

    @property
    def staging(self) -> Path:
        """Folder of files that are being written."""
        return self.folder / STAGING

    @property
    def journal(self) -> Path:
        """Rows of clips that the table of clips does not have yet, one JSON object a line."""
        return self.staging / JOURNAL

    @property
    def lock(self) -> Path:
        """File that a writer locks."""
        return self.folder / LOCK

    def shards(self, table: str, number: int | None = None) -> list[Path]:
        """Return the files of a table, in order: of all shards, or of one."""
        name = "part-*.parquet" if number is None else shard_name(number)
        return sorted((self.folder / table).glob(f"**/{name}"))


def shard_name(number: int) -> str:
    """Return the name of a shard's file in each table."""
    return f"part-{number:05d}.parquet"


def shard_number(path: Path) -> int:
    """Return the number of a shard, from one of its files."""
    return int(path.stem.removeprefix("part-"))


def model_folder(model: str) -> str:
    """Return the name of the folder with a model's rows."""
    return f"model={quote(model, safe='')}"


def model_of(folder: str) -> str:
    """Return the model whose rows a folder holds."""
    return unquote(folder.removeprefix("model="))


def read_description(folder: Path) -> dict[str, Any] | None:
    """Return what a data set says of itself; None where there is no data set in a folder."""
    try:
        found = json.loads(Layout(folder).description.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and MARK in found else None


def is_data_set(folder: Path) -> bool:
    """Tell whether a folder holds a data set of many clips."""
    return read_description(folder) is not None
