"""Find the clips that folders, patterns and lists name, each with what its list says of it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from fixviz.batch.clip_rows import ClipRow, rows_in_list, rows_in_table
from fixviz.batch.layout import is_data_set
from fixviz.data.clip_masks import BESIDE
from fixviz.data.disk import LeftOut, composed, suffix_of
from fixviz.errors import OptionError
from fixviz.media.clutter import clutter
from fixviz.media.containers import FORMATS, SUFFIXES
from fixviz.reading.exports.guarded_folders import held

Source: TypeAlias = str | os.PathLike[str]
LIST_SUFFIX: Final = ".csv"


@dataclass(frozen=True)
class Listing:
    """Hold the clips of a command, in order, and what was left out."""

    clips: tuple[ClipRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    """Files and folders that are no clips, and why."""
    unread: tuple[LeftOut, ...] = ()
    """Folders that could not be read, and why."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Columns of lists that the data set calls otherwise, by their name in the list."""


def find_clips(sources: Sequence[Source], skip: Path | None = None) -> Listing:
    """List the clips of folders (with the folders in them), patterns, lists (.csv) and single files.

    skip: a folder that is not looked into, such as the one that results are written to. A video that is
    not there is listed, so that its fault is told with those of others. Raises OptionError for a folder,
    pattern or list without clips, or a list that cannot be read.
    """
    finder = _Finder(None if skip is None else skip.resolve())
    for source in sources:
        finder.add(os.fspath(source))
    return finder.listing()


def table_clips(table: Mapping[str, Iterable[object]]) -> Listing:
    """List the clips of columns by name, such as those of a list. Raises OptionError."""
    clips, renamed = rows_in_table(table)
    return Listing(_numbered(clips), renamed=renamed)


def is_many(source: Source) -> bool:
    """Tell whether a source may name more than one clip."""
    path = _path(os.fspath(source))
    if _is(path, "exists"):
        return _is(path, "is_dir") or suffix_of(path.name) == LIST_SUFFIX[1:]
    return glob.has_magic(str(path)) or suffix_of(path.name) == LIST_SUFFIX[1:]


class _Finder:
    """Collect clips; one that is found twice by its path counts once."""

    def __init__(self, skip: Path | None) -> None:
        self._skip = skip
        self._clips: list[ClipRow] = []
        self._found: set[Path] = set()
        self._left_out: list[LeftOut] = []
        self._unread: list[LeftOut] = []
        self._renamed: dict[str, str] = {}

    def listing(self) -> Listing:
        left_out, unread = dict.fromkeys(self._left_out), dict.fromkeys(self._unread)
        return Listing(_numbered(self._clips), tuple(left_out), tuple(unread), self._renamed)

    def add(self, source: str) -> None:
        """Add what one source names. Raises OptionError."""
        if not source:
            raise OptionError(
                "An empty text names no video; give a folder, a file, a pattern or a list."
            )
        path = _path(source)
        if _is(path, "is_dir"):
            if path.resolve() == self._skip:
                raise OptionError(
                    f"{path} holds the clips, so write the results to another folder, "
                    f"such as {path}-results."
                )
            self._add_found(self._below(path), path, f"There is no video in {path}")
        elif suffix_of(path.name) == LIST_SUFFIX[1:]:
            clips, renamed = rows_in_list(path)
            self._clips += clips
            self._renamed |= renamed
        elif not _is(path, "exists") and glob.has_magic(str(path)):
            self._add_found(self._matching(path), _root_of(path), f"No video matches {path}")
        elif self._is_video(path):
            # The shell may have named it for a pattern, with all that lies beside it.
            self._add(path, path.parent)

    def _add_found(self, found: Iterator[Path], root: Path, nothing: str) -> None:
        before, left, unread = len(self._clips), len(self._left_out), len(self._unread)
        count = 0
        for path in found:
            count += 1
            self._add(path, root)
        if count or len(self._clips) > before:
            return
        reasons = [f"{e.path.name}: {e.reason}" for e in self._unread[unread:]]
        reasons += [f"{e.path.name}: {e.reason}" for e in self._left_out[left:]]
        shown = f" ({'; '.join(reasons[:3])})" if reasons else ""
        raise OptionError(f"{nothing}{shown}; fixviz reads {FORMATS}, and more.")

    def _add(self, path: Path, root: Path) -> None:
        path = path.absolute()
        if path not in self._found:
            self._found.add(path)
            name = (
                path.relative_to(root.absolute()) if path.is_relative_to(root.absolute()) else path
            )
            self._clips.append(ClipRow(path, str(PurePosixPath(name))))

    def _matching(self, pattern: Path) -> Iterator[Path]:
        # As a shell does: without hidden files.
        matches = glob.glob(str(pattern), recursive=True)  # noqa: PTH207
        for match in sorted(matches, key=composed):
            path = Path(match)
            if _is(path, "is_dir"):
                yield from self._below(path)
            elif self._is_video(path):
                yield path

    def _below(self, top: Path) -> Iterator[Path]:
        """Yield the videos in a folder and the folders in it, in the order of their names."""
        waiting: list[tuple[Path, frozenset[Path]]] = [(top, frozenset())]
        while waiting:
            path, above = waiting.pop()
            if not _is(path, "is_dir"):
                yield path
                continue
            entries = self._entries(path, above)
            inside = above | {path.resolve()}
            waiting += [(entry, inside) for entry in reversed(entries)]

    def _entries(self, folder: Path, above: frozenset[Path]) -> list[Path]:
        """Return what to look at in a folder, sorted by name; note all else as left out."""
        try:
            if folder.resolve() in above:
                self._left_out.append(LeftOut(folder, "a link that leads back"))
                return []
            if folder.resolve() == self._skip or is_data_set(folder):
                self._left_out.append(LeftOut(folder, "results of fixviz"))
                return []
            found = sorted(folder.iterdir(), key=lambda path: (composed(path.name), path.name))
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._unread.append(LeftOut(folder, f"The folder cannot be read ({reason})."))
            return []
        ours = held(folder).files
        videos = {path.stem for path in found if suffix_of(path.name) in SUFFIXES}
        kept = []
        for path in found:
            if path.suffix.lower() == ".json" and path.stem in videos:
                continue  # The truth of a video, which is read with it.
            if path in ours:
                self._left_out.append(LeftOut(path, "results of fixviz"))
            elif _is(path, "is_dir"):
                reason = clutter(path.name) or _why_masks(path)
                if reason is not None:
                    self._left_out.append(LeftOut(path, reason))
                else:
                    kept.append(path)
            elif self._is_video(path):
                kept.append(path)
        return kept

    def _is_video(self, path: Path) -> bool:
        """Tell whether a file counts as a video by its name; note it as left out if not.

        One that is empty or cannot be read counts: its fault is told when it is opened.
        """
        reason = clutter(path.name) or _why_masks(path)
        if reason is None and suffix_of(path.name) not in SUFFIXES:
            ending = path.suffix
            reason = f"no video: its name ends in {ending}" if ending else "no video by its name"
        if reason is not None:
            self._left_out.append(LeftOut(path, reason))
        return reason is None


def _why_masks(path: Path) -> str | None:
    """Return why a path holds masks and no clip: its name, and a video beside it; None for others."""
    name = path.name if _is(path, "is_dir") else path.stem
    for ending in BESIDE:
        video = name.removesuffix(ending)
        if video not in (name, "") and any(
            _is(path.with_name(f"{video}.{suffix}"), "exists") for suffix in SUFFIXES
        ):
            return "masks of the video beside it"
    return None


def _numbered(clips: Sequence[ClipRow]) -> tuple[ClipRow, ...]:
    """Number the clips that stand for the same part of the same file, so that each has its own row."""
    seen: dict[tuple[object, ...], int] = {}
    numbered = []
    for clip in clips:
        part = (clip.path, clip.start_s, clip.end_s)
        seen[part] = seen.get(part, -1) + 1
        numbered.append(clip.as_number(seen[part]))
    return tuple(numbered)


def _path(source: str) -> Path:
    try:
        return Path(source).expanduser()
    except RuntimeError:  # No such user.
        return Path(source)


def _root_of(pattern: Path) -> Path:
    """Return the folder in which a pattern looks: its parts before the first with a wildcard."""
    parts = pattern.parts
    plain = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:plain]) if plain else Path()


def _is(path: Path, what: str) -> bool:
    """Ask a path what it is; False for one that cannot be asked."""
    try:
        return bool(getattr(path, what)())
    except (OSError, ValueError):
        return False
