"""Guard the folders that commands write into: one run each, and no files of an older one.

`fixviz analyze` marks its manifest.json, and `fixviz derive` its description.json, with the run's key
under "run_key". In a folder without such a mark, commands may add files but replace none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fixviz.errors import OptionError
from fixviz.reading.exports.tables import TABLES

RUN_KEY: Final = "run_key"
MANIFEST: Final = "manifest.json"
DESCRIPTION: Final = "description.json"
ARRAYS: Final = "arrays.npz"
NOTE_MARK: Final = "Made with fixviz"
"""Sentence in the README.txt of a ZIP, by which its files are recognized."""

_AGAIN: Final = "name another folder, or add --overwrite to replace them."


@dataclass(frozen=True)
class Held:
    """Say which files of fixviz a folder holds."""

    keys: frozenset[str | None]
    """Keys of the runs; None for a run that an earlier version wrote without its key."""
    derived: str | None
    """Name of the derived result, if there is one."""
    files: frozenset[Path]
    """The files that fixviz wrote."""


def held(folder: Path) -> Held:
    """Return which files of fixviz `folder` holds; none when there is no such folder."""
    keys: set[str | None] = set()
    files: set[Path] = set()
    manifest = _read(folder / MANIFEST)
    if "models" in manifest and "sampling" in manifest:
        keys.add(manifest.get(RUN_KEY))
        names = [*TABLES, MANIFEST, "metrics.json", "probabilities.csv"]
        names += [f"overlay-{model['name']}.mp4" for model in manifest["models"]]
        files |= {folder / name for name in names}
        note = folder / "README.txt"
        if note.is_file() and NOTE_MARK in note.read_text("utf-8", errors="replace"):
            files.add(note)
    description = _read(folder / DESCRIPTION)
    derived = description.get("derived")
    if derived is not None:
        keys.add(description.get(RUN_KEY))
        files |= {folder / DESCRIPTION, folder / ARRAYS}
    there = frozenset(path for path in files if path.is_file())
    return Held(frozenset(keys), derived, there)


def check_folder(folder: Path, run_key: str, derived: str | None = None) -> None:
    """Raise OptionError when `folder` holds another run or another derived result.

    derived: name of the result that will be written; None for the run itself.
    """
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; name a folder.")
    found = held(folder)
    if found.keys - {run_key}:
        raise OptionError(f"{folder} holds the results of another run: {_AGAIN}")
    if derived is not None and found.derived not in (None, derived):
        raise OptionError(f"{folder} holds another derived result: {_AGAIN}")


def check_strangers(folder: Path, names: Iterable[str]) -> None:
    """Raise OptionError when `folder` has a file of one of these names that fixviz did not write."""
    ours = held(folder).files
    strange = [name for name in names if (folder / name).exists() and folder / name not in ours]
    if strange:
        raise OptionError(f"{folder} holds files that would be replaced ({strange[0]}): {_AGAIN}")


def remove_others(folder: Path, run_key: str, derived: str | None = None) -> None:
    """Delete what `check_folder` refuses, but no file that fixviz did not write. Raises OSError."""
    found = held(folder)
    if found.keys - {run_key}:
        gone = found.files
    elif derived is not None and found.derived not in (None, derived):
        gone = found.files & {folder / DESCRIPTION, folder / ARRAYS}
    else:
        return
    for path in gone:
        path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
