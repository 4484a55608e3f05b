"""The clips of a data set on disk in three parts: to train on, to validate on, to test on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fixviz.data.annotations import (
    VideoList,
    class_folders,
    hmdb51,
    kinetics,
    something_something,
    ucf101,
)
from fixviz.data.clip_list import SPLITS, read_clip_list
from fixviz.data.labeled import LabeledClip, hold_out
from fixviz.errors import OptionError

Clips = tuple[LabeledClip, ...]
FORMATS = ("folders", "kinetics", "ssv2", "ucf101", "hmdb51")


@dataclass(frozen=True)
class Splits:
    """A data set in parts; no group of clips is in two of them."""

    train: Clips
    validation: Clips
    test: Clips
    """May be empty."""
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What was left out, in lines."""

    def parts(self) -> dict[str, Clips]:
        """Return the clips by the name of their part."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def without(self, broken: Sequence[Path]) -> Splits:
        """Return the data set without some files."""
        gone = set(broken)

        def rest(clips: Clips) -> Clips:
            return tuple(clip for clip in clips if clip.path not in gone)

        return replace(
            self, train=rest(self.train), validation=rest(self.validation), test=rest(self.test)
        )

    def check(self) -> None:
        """Raise OptionError where nothing can be learned: fewer than two classes, or one without clips."""
        if len(self.class_names) < 2:
            raise OptionError(
                f"There is one class, {self.class_names[0]!r}; it takes two or more to tell apart."
                if self.class_names
                else "There are no classes."
            )
        for part, clips in (("train", self.train), ("validate", self.validation)):
            there = {clip.label for clip in clips}
            lacking = [name for label, name in enumerate(self.class_names) if label not in there]
            if lacking and (part == "train" or not clips):
                raise OptionError(f"The class {lacking[0]!r} has no clip to {part} on.")

    def check_apart(self) -> None:
        """Raise OptionError where clips of one group are in two parts."""
        owner: dict[str, str] = {}
        for part, clips in self.parts().items():
            for clip in clips:
                if owner.setdefault(clip.of_group, part) != part:
                    kind = "group" if clip.group else "video"
                    raise OptionError(
                        f"The {kind} {clip.of_group} is in {owner[clip.of_group]} and in {part}. All clips of"
                        f" one {kind} belong to one split, or the figures would flatter."
                    )


def read_splits(
    data: Path,
    *,
    form: str = "folders",
    clip_list: Path | None = None,
    annotations: Path | None = None,
    split: int = 1,
    share: float = 0.2,
    seed: int = 0,
    draw: bool = True,
) -> Splits:
    """Read a data set; where it names no clips to validate on, hold out about `share` of its groups.

    form: one of FORMATS; with `clip_list`, a CSV file (`fixviz.data.clip_list`) says all. annotations: folder
    of the annotation files, by default `data` itself or `data`/annotations. split: of the published splits
    of UCF101 and HMDB51. With `draw` False nothing is held out. Raises OptionError.
    """
    if not data.is_dir():
        raise OptionError(f"There is no folder {data}; --data is the folder with the videos.")
    if clip_list is not None:
        if form != "folders":
            raise OptionError("A list of clips has a format of its own; leave out the other one.")
        listed = read_clip_list(clip_list, data)
        found = _splits(listed.clips, listed.class_names, [listed.summary()])
        found.check_apart()
    else:
        if form not in _READERS:
            raise OptionError(f"There is no format {form!r}; use {', '.join(FORMATS)}.")
        found = _READERS[form](data, annotations or _annotations(data), split)
    if draw and not found.validation and len(found.class_names) > 1:
        train, validation = hold_out(found.train, found.class_names, share, seed)
        found = replace(found, train=train, validation=validation)
    return found


def _splits(
    given: dict[str, Clips], class_names: tuple[str, ...], notes: Sequence[str] = ()
) -> Splits:
    return Splits(
        given.get("train", ()),
        given.get("validation", ()),
        given.get("test", ()),
        class_names,
        tuple(note for note in notes if note),
    )


def _annotations(data: Path) -> Path:
    beside = data / "annotations"
    return beside if beside.is_dir() else data


def _labeled(videos: VideoList, group: Callable[[Path], str] = lambda path: "") -> Clips:
    return tuple(LabeledClip(path, label, group=group(path)) for path, label in videos.videos)


def _left_out(videos: VideoList) -> str:
    """Return what was left out, in lines; empty for nothing."""
    return videos.summary().partition("\n")[2]


def _folders(data: Path, annotations: Path, split: int) -> Splits:
    """Read DATA/CLASS/*, or DATA/train/CLASS/* with val and test beside it."""
    by_split = {
        SPLITS[folder.name.lower()]: folder
        for folder in sorted(data.iterdir())
        if folder.is_dir() and folder.name.lower() in SPLITS and _holds_folders(folder)
    }
    if "train" not in by_split:
        videos = class_folders(data)
        return _splits({"train": _labeled(videos)}, videos.class_names, [_left_out(videos)])
    train = class_folders(by_split.pop("train"))
    given, notes = {"train": _labeled(train)}, [_left_out(train)]
    for part, folder in by_split.items():
        other = class_folders(folder, train.class_names)
        given[part] = _labeled(other)
        notes.append(_left_out(other))
    return _splits(given, train.class_names, notes)


def _holds_folders(folder: Path) -> bool:
    return any(child.is_dir() for child in folder.iterdir())


def _first(folder: Path, names: Sequence[str], what: str) -> Path:
    """Return the first of these files that is there. Raises OptionError that names what is sought."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise OptionError(
        f"There is no {names[0]} in {folder}, {what}; --annotations names the folder that has it, --format"
        " another kind of data set."
    )


def _kinetics(data: Path, annotations: Path, split: int) -> Splits:
    def group(path: Path) -> str:
        stem = re.sub(r"\..*$", "", path.name)
        return re.sub(r"_\d{6}_\d{6}$", "", stem)

    train = kinetics(
        _first(
            annotations, ("train.csv", "kinetics_train.csv"), "which lists the clips of Kinetics"
        ),
        data,
        split=None,
    )
    given, notes = {"train": _labeled(train, group)}, [_left_out(train)]
    for part, names in (
        ("validation", ("val.csv", "validate.csv", "validation.csv", "kinetics_val.csv")),
        ("test", ("test.csv", "kinetics_test.csv")),
    ):
        path = next((annotations / name for name in names if (annotations / name).is_file()), None)
        if path is not None:
            other = kinetics(path, data, train.class_names)
            given[part] = _labeled(other, group)
            notes.append(_left_out(other))
    return _splits(given, train.class_names, notes)


def _ssv2(data: Path, annotations: Path, split: int) -> Splits:
    what = "which lists the clips of Something-Something V2"
    prefix = "something-something-v2-"
    labels = _first(annotations, ("labels.json", f"{prefix}labels.json"), what)
    given: dict[str, Clips] = {}
    notes = []
    names: tuple[str, ...] = ()
    for part in ("train", "validation"):
        file = _first(annotations, (f"{part}.json", f"{prefix}{part}.json"), what)
        videos = something_something(file, labels, data, allow_missing=True)
        given[part], names = _labeled(videos), videos.class_names
        notes.append(_left_out(videos))
    return _splits(given, names, notes)


def _ucf101(data: Path, annotations: Path, split: int) -> Splits:
    _first(annotations, ("classInd.txt",), "which names the classes of UCF101")
    # v_ApplyEyeMakeup_g08_c01.avi: clips of one group were cut from one film
    return _train_and_test(ucf101, data, annotations, split, r"(v_.+_g\d+)_c\d+")


def _hmdb51(data: Path, annotations: Path, split: int) -> Splits:
    # FILM_CLASS_f_cm_np1_ba_bad_3.avi: the last number counts the clips of one film
    return _train_and_test(hmdb51, data, annotations, split, r"(.+)_\d+")


def _train_and_test(
    read: Callable[..., VideoList], data: Path, annotations: Path, split: int, film: str
) -> Splits:
    """Return a published split. film: pattern of a file's stem, whose first group names its film."""

    def group(path: Path) -> str:
        found = re.fullmatch(film, path.stem)
        return found[1] if found else ""

    parts = {
        name: read(annotations, data, split=split, train=name == "train", allow_missing=True)
        for name in ("train", "test")
    }
    return _splits(
        {name: _labeled(videos, group) for name, videos in parts.items()},
        parts["train"].class_names,
        [_left_out(videos) for videos in parts.values()],
    )


_READERS: dict[str, Callable[[Path, Path, int], Splits]] = {
    "folders": _folders,
    "kinetics": _kinetics,
    "ssv2": _ssv2,
    "ucf101": _ucf101,
    "hmdb51": _hmdb51,
}
