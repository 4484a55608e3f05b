"""The files of a data set on disk: found by name whatever their ending, and what is left out told.

Names are compared in Unicode's composed form (NFC): macOS stores "é" as "e" and an accent, others
as one character, and a data set that was copied between them holds both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from fixviz.media.clutter import clutter
from fixviz.media.containers import SUFFIXES

MASK = "_mask"
"""NAME.mp4 has its masks in NAME_mask.mp4, or in a folder NAME_mask."""


class LeftOut(NamedTuple):
    """A file or folder that is no clip, or holds none."""

    path: Path
    reason: str


def composed(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return unicodedata.normalize("NFC", name)


def suffix_of(name: str) -> str:
    """Return the ending of a file's name, lower case and without the dot."""
    return Path(name).suffix.lower().lstrip(".")


def why_no_video(path: Path) -> str | None:
    """Return why a path is no video file, by its name and kind; None where it may be one."""
    if reason := clutter(path.name):
        return reason
    try:
        if path.is_symlink() and not path.exists():
            return "a link to nothing"
        if path.is_dir():
            return "a folder inside a folder of clips"
        if suffix_of(path.name) not in SUFFIXES:
            ending = path.suffix
            return (
                f"no video: its name ends in {ending}"
                if ending
                else "no video: its name has no ending"
            )
        if not path.is_file():
            return "no regular file"
        return None if path.stat().st_size else "empty (0 bytes)"
    except OSError as error:
        return _unreadable(error)


class Disk:
    """The folder with the videos of a data set; each of its folders is listed once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.left_out: list[LeftOut] = []
        self._entries: dict[Path, list[Path]] = {}
        self._named: dict[Path, dict[str, list[Path]]] = {}

    def exists(self) -> bool:
        """Tell whether the folder is there; a folder above it that cannot be read counts as not."""
        try:
            return self.root.is_dir()
        except OSError:
            return False

    def leave_out(self, path: Path, reason: str) -> None:
        """Note what is left out, and why."""
        self.left_out.append(LeftOut(path, reason))

    def entries(self, folder: Path) -> list[Path]:
        """Return what lies in a folder, sorted by name; nothing where it cannot be read, which is noted."""
        if folder not in self._entries:
            try:
                found = sorted(folder.iterdir(), key=lambda path: (composed(path.name), path.name))
            except OSError as error:
                self.leave_out(folder, _unreadable(error))
                found = []
            self._entries[folder] = found
        return self._entries[folder]

    def folders(self) -> list[Path]:
        """Return the folders of the root that may be classes; all else there is noted as left out."""
        found = []
        for path in self.entries(self.root):
            reason = clutter(path.name)
            try:
                if reason is None and not path.is_dir():
                    reason = why_no_video(path) or "a video outside the class folders"
                elif reason is None and self.root.resolve().is_relative_to(path.resolve()):
                    reason = "a link that leads back"
            except (OSError, RuntimeError) as error:
                reason = _unreadable(error)
            if self._counts(path, reason):
                found.append(path)
        return found

    def videos(self, folder: Path) -> list[Path]:
        """Return the video files of a folder; all else there is noted as left out."""
        return [path for path in self.entries(folder) if self._counts(path, why_no_video(path))]

    def _counts(self, path: Path, reason: str | None) -> bool:
        """Tell whether a path may be read; if not, note why it is left out."""
        if reason is not None:
            self.leave_out(path, reason)
        return reason is None

    def find(self, name: str) -> Path | None:
        """Return the file that a data set calls FOLDER/NAME.ENDING, in any container; None without one.

        With the stated ending first, then in the order of the table of containers.
        """
        *parents, file = [part for part in name.split("/") if part]
        folders = [self.root]
        for parent in parents:
            folders = [
                path
                for folder in folders
                for path in self._by_name(folder).get(composed(parent), ())
            ]
        stated = suffix_of(file)
        stem = file[: -len(stated) - 1] if stated in SUFFIXES else file
        order = dict.fromkeys((stated, *SUFFIXES))
        candidates = [
            path
            for folder in folders
            for path in self._by_name(folder).get(composed(stem), ())
            if suffix_of(path.name) in SUFFIXES
        ]
        for path in sorted(candidates, key=lambda path: list(order).index(suffix_of(path.name))):
            reason = why_no_video(path)
            if reason is None:
                return path
            if LeftOut(path, reason) not in self.left_out:
                self.leave_out(path, reason)
        return None

    def _by_name(self, folder: Path) -> dict[str, list[Path]]:
        """Return the entries of a folder by name, and videos also by the name without endings."""
        if folder not in self._named:
            named: dict[str, list[Path]] = {}
            for path in self.entries(folder):
                for name in {path.name, *_without_endings(path.name)}:
                    named.setdefault(composed(name), []).append(path)
            self._named[folder] = named
        return self._named[folder]


def _without_endings(name: str) -> Iterator[str]:
    """Yield a video's name without its ending, then without the one before: downloads end in .mp4.webm."""
    while suffix_of(name) in SUFFIXES:
        name = Path(name).stem
        yield name


def told(left_out: Iterable[LeftOut], root: Path | None = None, most: int = 5) -> str:
    """Return what was left out and why in one line, the first `most` by name; empty for nothing."""
    listed = list(left_out)
    shown = [f"{_below(root, entry.path)} ({entry.reason})" for entry in listed[:most]]
    more = len(listed) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _below(root: Path | None, path: Path) -> Path:
    inside = root is not None and path != root and path.is_relative_to(root)
    return path.relative_to(root) if root is not None and inside else path


def _unreadable(error: BaseException) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot be read ({reason})"
