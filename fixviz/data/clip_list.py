"""A list of clips in a CSV file: which part of which video shows what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixviz.data.annotation_files import rows_in
from fixviz.data.annotations import VideoList
from fixviz.data.disk import Disk, composed
from fixviz.data.labeled import LabeledClip
from fixviz.errors import OptionError

COLUMNS = {
    "path": ("path", "video", "file"),
    "label": ("label", "class"),
    "start": ("start", "start_s"),
    "end": ("end", "end_s"),
    "group": ("group", "episode"),
    "split": ("split",),
}
"""Columns of a list, each with the names it may have; path and label are needed."""
SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""Names of the splits, also of folders, and what they stand for."""


@dataclass(frozen=True)
class ListedClips:
    """The clips of a list by split, with their class names."""

    clips: dict[str, tuple[LabeledClip, ...]]
    class_names: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Listed files that are not on disk and were left out."""

    def summary(self) -> str:
        """Return what was left out, or an empty text."""
        return VideoList((), self.class_names, self.missing).summary().partition("\n")[2]


def read_clip_list(path: Path, videos: Path) -> ListedClips:
    """Read a list of clips whose files lie in `videos`; classes are sorted by name.

    An empty split is "train". Listed files that are not there are left out and told. Raises OptionError
    with file and line for what does not fit.
    """
    disk = Disk(videos)
    found: list[tuple[str, str, Path, float, float | None, str]] = []
    missing: dict[str, None] = {}
    names: dict[str, str] | None = None
    for where, row in rows_in(path, ()):
        names = names or _columns(path, row)
        file = (row.get(names["path"]) or "").strip()
        label = composed((row.get(names["label"]) or "").strip())
        if not file or not label:
            raise OptionError(f"{where}: the video or the label is empty.")
        split = (row.get(names.get("split", "")) or "train").strip().lower()
        if split not in SPLITS:
            raise OptionError(
                f"{where}: there is no split {split!r}; use train, validation or test."
            )
        start = _seconds(row, names.get("start"), where) or 0.0
        end = _seconds(row, names.get("end"), where)
        if end is not None and end <= start:
            raise OptionError(f"{where}: the end {end:g} s must come after the start {start:g} s.")
        there = Path(file) if Path(file).is_absolute() else disk.find(file.replace("\\", "/"))
        if there is not None and not there.is_file():
            there = None
        if there is None:
            missing[file] = None
            continue
        group = (row.get(names.get("group", "")) or "").strip()
        found.append((SPLITS[split], label, there, start, end, group))
    if not found:
        lost = f" {len(missing)} are listed, such as {next(iter(missing))}." if missing else ""
        raise OptionError(f"None of the videos of {path} are in {videos}.{lost}")
    classes = tuple(sorted({label for _, label, *_ in found}))
    clips: dict[str, list[LabeledClip]] = {}
    for split, label, there, start, end, group in found:
        clip = LabeledClip(there, classes.index(label), start, end, group)
        clips.setdefault(split, []).append(clip)
    return ListedClips(
        {split: tuple(these) for split, these in clips.items()}, classes, tuple(missing)
    )


def _columns(path: Path, row: dict[str, Any]) -> dict[str, str]:
    """Return {column: what it is called here}. Raises OptionError where a needed one is absent."""
    called = {str(name).strip().lower(): str(name) for name in row if name is not None}
    names = {
        column: called[spelled]
        for column, spellings in COLUMNS.items()
        for spelled in reversed(spellings)
        if spelled in called
    }
    for needed in ("path", "label"):
        if needed not in names:
            raise OptionError(
                f"{path}, line 1: expected the columns path and label, and as you need them start, end,"
                f" group and split; found {', '.join(called) or 'none'}."
            )
    return names


def _seconds(row: dict[str, Any], name: str | None, where: str) -> float | None:
    text = (row.get(name) or "").strip() if name is not None else ""
    try:
        return seconds_of(text)
    except ValueError:
        raise OptionError(
            f"{where}: {name} is {text!r}; it must be a number of seconds from 0 on."
        ) from None


def seconds_of(text: str) -> float | None:
    """Return a number of seconds; None for no text. Raises ValueError with a sentence."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{text!r} must be a number of seconds from 0 on.")
    return value
