"""What is in a data set of videos: class folders, and the annotation files of well-known data sets.

Each function reads one split and returns a VideoList. Files that are listed but not on disk are an
error, or with `allow_missing` are left out and named in the list. A listed file is found in any
container that is read (fixviz.media.containers), also where its name ends otherwise than published.
Free of torch; opens no video.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixviz.data.annotation_files import json_in, lines_in, rows_in
from fixviz.data.disk import MASK, Disk, LeftOut, composed, told
from fixviz.errors import OptionError
from fixviz.media.clutter import clutter
from fixviz.media.containers import FORMATS

_MOST_TOLD = 10


@dataclass(frozen=True)
class VideoList:
    """The videos of one split."""

    videos: tuple[tuple[Path, int], ...]
    """(file, label); labels are indices into class_names."""
    class_names: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Listed files that are not on disk and were left out."""
    left_out: tuple[LeftOut, ...] = ()
    """(path, reason) of what lies in the folders and is neither a clip nor a class."""

    def summary(self) -> str:
        """Return how many clips and classes there are, and what was left out and why, in lines."""
        videos, classes = len(self.videos), len(self.class_names)
        lines = [
            f"{videos} video{'' if videos == 1 else 's'} in {classes} class{'' if classes == 1 else 'es'}"
        ]
        if self.missing:
            first = ", ".join(self.missing[:_MOST_TOLD])
            more = len(self.missing) - _MOST_TOLD
            lines.append(
                f"{len(self.missing)} listed but not on disk: {first}"
                + (f" and {more} more" if more > 0 else "")
            )
        if self.left_out:
            lines.append(f"{len(self.left_out)} left out: {told(self.left_out, most=_MOST_TOLD)}")
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self.videos)


def class_folders(root: Path, class_names: Sequence[str] | None = None) -> VideoList:
    """Read videos in one folder per class: root/CLASS/NAME.mp4. Classes are sorted by name.

    class_names: those of the training split, so that labels mean the same in every split. Folders
    without videos are no classes; they, hidden files and what systems leave behind are left out.
    """
    disk = Disk(root)
    if not disk.exists():
        raise OptionError(f"There is no folder {root}; it should hold one folder per class.")
    clips = {}
    for folder in disk.folders():
        if found := _without_masks(disk.videos(folder), disk):
            clips[folder] = found
        elif not any(entry.path == folder for entry in disk.left_out):
            disk.leave_out(folder, "no videos in it")
    if not clips:
        left = f" Left out: {told(disk.left_out, root)}." if disk.left_out else ""
        raise OptionError(
            f"No videos in {root}; expected one folder per class with files such as {FORMATS}.{left}"
        )
    names = tuple(class_names or dict.fromkeys(composed(folder.name) for folder in clips))
    labels = _Labels(names)
    videos = [(file, labels.of(f.name, str(f))) for f, files in clips.items() for file in files]
    return VideoList(tuple(videos), names, left_out=tuple(disk.left_out))


def _without_masks(videos: Sequence[Path], disk: Disk) -> list[Path]:
    """Return the videos that are not masks of another one beside them; masks are noted as left out."""
    masked = {f"{path.stem}{MASK}": path.name for path in videos}
    for path in videos:
        if path.stem in masked:
            disk.leave_out(path, f"masks of {masked[path.stem]}")
    return [path for path in videos if path.stem not in masked]


def kinetics(
    annotations: Path,
    videos: Path,
    class_names: Sequence[str] | None = None,
    *,
    split: str | None = None,
    allow_missing: bool = True,
) -> VideoList:
    """Read Kinetics-400, 600, 700: a CSV with label, youtube_id, time_start, time_end, split.

    Files are called ID_START_END.mp4 with six digits each, in `videos` or in a folder there named
    after the class (with blanks or underscores), the split, or the class inside the split. Rows of
    other splits than `split` are passed over. Videos that are no longer to be had are common, so
    missing files are left out.
    """
    needed = ("label", "youtube_id", "time_start", "time_end")
    rows: list[tuple[str, str, list[str]]] = []
    for where, row in rows_in(annotations, needed):
        if split is not None and (row.get("split") or "") != split:
            continue
        try:
            start, end = (int(float(row[k])) for k in ("time_start", "time_end"))
            label, youtube = composed(row["label"].strip()), row["youtube_id"].strip()
        except (TypeError, ValueError, AttributeError, OverflowError):
            raise OptionError(
                f"{where}: expected a label, an id and two times in seconds."
            ) from None
        if not label or not youtube:
            raise OptionError(f"{where}: the label or the id is empty.")
        name = f"{youtube}_{start:06d}_{end:06d}.mp4"
        part, spelled = (row.get("split") or "").strip(), (label, label.replace(" ", "_"))
        within = [f"{part}/{folder}" for folder in spelled] if part else []
        folders = ["", *spelled, part, *within]
        rows.append((where, label, [f"{f}/{name}" if f else name for f in folders]))
    names = tuple(class_names or sorted({label for _, label, _ in rows}))
    labels = _Labels(names)
    listed = ((where, labels.of(label, where), files) for where, label, files in rows)
    return _find(listed, videos, names, allow_missing, str(annotations))


def something_something(
    annotations: Path, labels: Path, videos: Path, *, allow_missing: bool = False
) -> VideoList:
    """Read Something-Something V2: train.json or validation.json, labels.json, files ID.webm.

    The template without its brackets is the class; labels.json gives its number.
    """
    numbers = {composed(name): number for name, number in json_in(labels, dict).items()}
    try:
        names = tuple(sorted(numbers, key=lambda name: int(numbers[name])))
        in_order = [int(numbers[name]) for name in names] == list(range(len(names)))
    except (TypeError, ValueError):
        in_order = False
    if not in_order:
        raise OptionError(f"{labels}: expected classes numbered from 0, each number once.")
    known = _Labels(names)

    def listed() -> Iterator[tuple[str, int, list[str]]]:
        for number, entry in enumerate(json_in(annotations, list), 1):
            where = f"{annotations}, entry {number}"
            try:
                video, template = str(entry["id"]), re.sub(r"[\[\]]", "", entry["template"])
            except (KeyError, TypeError):
                raise OptionError(
                    f"{where}: expected an id and a template; the test split has no labels."
                ) from None
            yield where, known.of(template, where), [f"{video}.webm"]

    return _find(listed(), videos, names, allow_missing, str(annotations))


def ucf101(
    annotations: Path, videos: Path, *, split: int = 1, train: bool, allow_missing: bool = False
) -> VideoList:
    """Read UCF101: classInd.txt, trainlist0S.txt or testlist0S.txt of split 1 to 3; files CLASS/NAME.avi."""
    index = annotations / "classInd.txt"
    found: dict[int, str] = {}
    for where, line in lines_in(index):
        number, _, name = line.partition(" ")
        if not number.isdecimal() or not name.strip():
            raise OptionError(f"{where}: expected a number and a class, found {line!r}.")
        found[int(number)] = composed(name.strip())
    names = tuple(found[n] for n in sorted(found))
    labels = _Labels(names)
    if sorted(found) != list(range(1, len(found) + 1)):
        raise OptionError(f"{index}: expected classes numbered from 1, each number once.")
    path = annotations / f"{'train' if train else 'test'}list{split:02d}.txt"

    def listed() -> Iterator[tuple[str, int, list[str]]]:
        for where, line in lines_in(path):
            file, _, number = line.replace("\\", "/").partition(" ")
            label = labels.of(file.partition("/")[0], where)
            if number.strip() and number.strip() != str(label + 1):
                raise OptionError(
                    f"{where}: {file} is of class {label + 1} in {index.name}, not {number.strip()}."
                )
            yield where, label, [file]

    return _find(listed(), videos, names, allow_missing, str(path))


def hmdb51(
    annotations: Path, videos: Path, *, split: int = 1, train: bool, allow_missing: bool = False
) -> VideoList:
    """Read HMDB51: CLASS_test_splitS.txt of split 1 to 3, lines NAME.avi 1 (train), 2 (test) or 0 (unused).

    Files are CLASS/NAME.avi. Classes are sorted by name.
    """
    ending = f"_test_split{split}.txt"
    listed_files = (path for path in annotations.glob(f"*{ending}") if clutter(path.name) is None)
    files = sorted(listed_files, key=lambda path: composed(path.name))
    if not files:
        raise OptionError(f"There are no files CLASS{ending} in {annotations}.")
    classes = [composed(path.name.removesuffix(ending)) for path in files]
    names = tuple(dict.fromkeys(classes))
    labels = _Labels(names)

    def listed() -> Iterator[tuple[str, int, list[str]]]:
        for name, path in zip(classes, files, strict=True):
            for where, line in lines_in(path):
                video, _, use = line.rpartition(" ")
                if use not in ("0", "1", "2") or not video:
                    raise OptionError(f"{where}: expected a file and 0, 1 or 2, found {line!r}.")
                if use == ("1" if train else "2"):
                    yield where, labels.of(name, where), [f"{name}/{video.strip()}"]

    return _find(listed(), videos, names, allow_missing, str(annotations))


def _find(
    listed: Iterable[tuple[str, int, list[str]]],
    videos: Path,
    class_names: tuple[str, ...],
    allow_missing: bool,
    source: str,
) -> VideoList:
    """Look up (where it is listed, label, names it may have below `videos`)."""
    found: list[tuple[Path, int]] = []
    missing: list[str] = []
    disk = Disk(videos)

    def left() -> str:
        return f" Left out: {told(disk.left_out, videos)}." if disk.left_out else ""

    for where, label, candidates in listed:
        path = next((p for name in candidates if (p := disk.find(name))), None)
        if path is not None:
            found.append((path, label))
        elif allow_missing:
            missing.append(candidates[0])
        else:
            raise OptionError(
                f"{where}: there is no {candidates[0]} in {videos}, in no container.{left()}"
            )
    if not found:
        lost = f"; {len(missing)} are listed, such as {missing[0]}" if missing else ""
        raise OptionError(f"None of the videos of {source} are in {videos}{lost}.{left()}")
    return VideoList(tuple(found), class_names, tuple(missing), tuple(disk.left_out))


class _Labels:
    """The number of each class, found by its name in composed or decomposed Unicode."""

    def __init__(self, class_names: Sequence[str]) -> None:
        self._numbers: dict[str, int] = {}
        for number, name in enumerate(class_names):
            self._numbers.setdefault(composed(name), number)

    def of(self, name: str, where: str) -> int:
        """Return the label of a class. Raises OptionError that names `where` it stands."""
        number = self._numbers.get(composed(name))
        if number is None:
            raise OptionError(f"{where}: there is no class {name!r} among the known classes.")
        return number
