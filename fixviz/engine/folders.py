"""Folders that commands write results into: one run a folder, and nothing of an older one in between.

`fixviz analyze` marks its manifest.json, and `fixviz derive` its description.json, with the run's key
under "run_key". A folder that bears no mark of fixviz is anybody's: it may be written into, but none
of its files may be replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fixviz.engine.tables import TABLES
from fixviz.errors import OptionError

RUN_KEY: Final = "run_key"
MANIFEST: Final = "manifest.json"
DESCRIPTION: Final = "description.json"
ARRAYS: Final = "arrays.npz"
NOTE_MARK: Final = "Made with fixviz"
"""Stands in the README.txt that a ZIP of a run brings."""

_AGAIN: Final = "name another folder, or add --overwrite to replace them."


@dataclass(frozen=True)
class Held:
    """What a folder holds of fixviz."""

    keys: frozenset[str | None]
    """Keys of the runs; None stands for one that an earlier version wrote, without its key."""
    derived: str | None
    """Name of the derived result."""
    files: frozenset[Path]
    """The files that fixviz wrote."""


def held(folder: Path) -> Held:
    """What of fixviz lies in `folder`; nothing when there is no such folder."""
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
    """Raise OptionError when `folder` holds another run, or another derived result than `derived`.

    derived: the name of what is about to be written; None for the run itself.
    """
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; name a folder.")
    found = held(folder)
    if found.keys - {run_key}:
        raise OptionError(f"{folder} holds the results of another run: {_AGAIN}")
    if derived is not None and found.derived not in (None, derived):
        raise OptionError(f"{folder} holds another derived result: {_AGAIN}")


def check_strangers(folder: Path, names: Iterable[str]) -> None:
    """Raise OptionError when a file of one of these names lies in `folder` and is not fixviz's."""
    ours = held(folder).files
    strange = [name for name in names if (folder / name).exists() and folder / name not in ours]
    if strange:
        raise OptionError(f"{folder} holds files that would be replaced ({strange[0]}): {_AGAIN}")


def remove_others(folder: Path, run_key: str, derived: str | None = None) -> None:
    """Delete what `check_folder` would object to; files that are not fixviz's stay. Raises OSError."""
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
