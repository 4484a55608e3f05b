"""The clips from which somebody teaches the models: classes of clips, kept on disk for one owner.

    home/teaching/<id>/set.json             classes and clips
    home/teaching/<id>/clips/<clip>.npy     frames, uint8 [N, H, W, 3], of the size that the models take
    home/teaching/<id>/clips/<clip>.jpg     the same frames to show, below each other
    home/teaching/<id>/training/            what the last training wrote (fixviz.teaching.outcome)

The id cannot be guessed, and only the owner is given the set. A set that nobody has used for
`settings.run_days` is deleted.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.data.resizing import resize_frames
from fixviz.errors import OptionError, StorageError, VideoTooLarge
from fixviz.media.encode import decode_image, encode_image
from fixviz.media.files import safe_name
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.settings import Settings
from fixviz.store.files import HomeLock, modified, storing, touch_rarely, write_atomic

LEAST_CLASSES: Final = 2
MOST_CLASSES: Final = 6
LEAST_CLIPS: Final = 3
"""Clips of a class from which training can start: one is held out, and one alone shows no variety."""
ENOUGH_CLIPS: Final = 10
MOST_CLIPS: Final = 40
LONGEST_S: Final = 10.0
"""Length of a clip in seconds, above which it is refused: it would show more than its class."""
LONGEST_NAME: Final = 30
SHOWN_SIDE: Final = 160
"""Short side of the frames to show, in pixels."""
MOST_TRIED: Final = 6
START_FROM: Final = ("softmax", "linear", "fixation")
"""Shipped checkpoints from which the models learn."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_RECORD: Final = "set.json"
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class ExampleClip:
    """One clip of a class."""

    id: str
    title: str
    """Name of the file, or what the page calls a recorded clip."""
    path: str
    """The video itself, among the uploads."""
    sha256: str
    frames: int
    """Number of frames at the models' rate."""


@dataclass(frozen=True)
class ExampleClass:
    """A class and its clips."""

    id: str
    name: str
    clips: tuple[ExampleClip, ...] = ()


@dataclass(frozen=True)
class ExampleSet:
    """All classes that one owner teaches."""

    id: str
    owner: str
    created: float
    """Seconds since 1970, UTC."""
    classes: tuple[ExampleClass, ...] = ()
    tried: tuple[ExampleClip, ...] = ()
    """Clips that the models answer after they have learned, newest last; nothing is learned from them."""
    job: str | None = None
    """Id of the job that was queued last and has not been seen to end."""
    asked: str | None = None
    """Id of the clip that this job answers; None where it teaches."""

    @property
    def all_clips(self) -> tuple[ExampleClip, ...]:
        """The clips of all classes, and those that are only tried."""
        return (*self.clips, *self.tried)

    @property
    def clips(self) -> tuple[ExampleClip, ...]:
        """The clips of all classes."""
        return tuple(clip for one in self.classes for clip in one.clips)

    def of(self, class_id: str) -> ExampleClass:
        """Return a class. Raises OptionError when it is gone, for instance removed in another tab."""
        for one in self.classes:
            if one.id == class_id:
                return one
        raise OptionError("This class is not there any more; it was removed meanwhile.")

    def with_class(self, changed: ExampleClass) -> ExampleSet:
        """Return the set with one class replaced by a changed one."""
        self.of(changed.id)
        classes = (changed if one.id == changed.id else one for one in self.classes)
        return replace(self, classes=tuple(classes))


def clean_name(name: str) -> str:
    """Return a class name without control characters and double spaces, cut to LONGEST_NAME."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]


class ExampleSets:
    """Keep the sets of one home folder; safe to use from many threads and processes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._root = settings.home / "teaching"
        self._lock = HomeLock(settings.home / "teaching.lock")

    def folder(self, set_id: str) -> Path:
        """Return the folder of a set. Raises StorageError for what cannot be an id."""
        if not _ID.fullmatch(set_id):
            raise StorageError("There is no such set of clips.")
        return self._root / set_id

    def new(self, owner: str, names: Sequence[str]) -> ExampleSet:
        """Make a set with empty classes of these names. Raises StorageError."""
        classes = tuple(ExampleClass(secrets.token_hex(4), clean_name(name)) for name in names)
        made = ExampleSet(secrets.token_urlsafe(16), owner, time.time(), classes)
        with storing("the clips", self.settings.home):
            (self.folder(made.id) / "clips").mkdir(parents=True)
            self._write(made)
        return made

    def get(self, set_id: str, owner: str) -> ExampleSet | None:
        """Return a set of `owner`; None for an unknown one, and for another owner's."""
        if not _ID.fullmatch(set_id):
            return None
        found = self._read(self.folder(set_id))
        if found is None or found.owner != owner:
            return None
        touch_rarely(self.folder(set_id) / _RECORD)
        return found

    def latest(self, owner: str) -> ExampleSet | None:
        """Return the set that `owner` has made last; None without one."""
        return max(self.of(owner), key=lambda one: one.created, default=None)

    def of(self, owner: str) -> list[ExampleSet]:
        """Return all sets of `owner`."""
        folders = self._root.iterdir() if self._root.is_dir() else ()
        return [one for folder in folders if (one := self._read(folder)) and one.owner == owner]

    def change(
        self, set_id: str, owner: str, change: Callable[[ExampleSet], ExampleSet]
    ) -> ExampleSet:
        """Apply a change to what the set is now, and return it. Raises OptionError, StorageError.

        Two tabs may have the same set open: `change` gets it as the other one has left it.
        """
        with self._lock():
            found = self.get(set_id, owner)
            if found is None:
                raise OptionError("These clips are not there any more; start again.")
            changed = change(found)
            with storing("the clips", self.settings.home):
                self._write(changed)
        self._drop_files(found, changed)
        return changed

    def delete(self, set_id: str, owner: str) -> None:
        """Delete a set of `owner` with all that was learned from it; no effect on others."""
        if self.get(set_id, owner) is not None:
            shutil.rmtree(self.folder(set_id), ignore_errors=True)

    def frames(self, set_id: str, clip_id: str) -> NDArray[np.uint8]:
        """Return a clip's frames, uint8 [N, H, W, 3]. Raises StorageError."""
        with storing("the clip", self.settings.home):
            found: NDArray[np.uint8] = np.load(self._clip(set_id, clip_id, "npy"))
        return found

    def shown_frames(self, set_id: str, clip: ExampleClip) -> NDArray[np.uint8]:
        """Return a clip's frames as they are shown, uint8 [N, H, W, 3]. Raises StorageError."""
        with storing("the clip", self.settings.home):
            strip = decode_image(self._clip(set_id, clip.id, "jpg").read_bytes())
        return strip.reshape(clip.frames, -1, *strip.shape[1:])

    def keep_clip(self, set_id: str, clip_id: str, frames: NDArray[np.uint8]) -> None:
        """Keep a clip's frames, in the sizes to learn from and to show. Raises StorageError.

        The files are there before a set names the clip.
        """
        shown = resize_frames(frames, SHOWN_SIDE)
        strip = encode_image(shown.reshape(-1, *shown.shape[2:]), format="jpeg")
        with storing("the clip", self.settings.home):
            np.save(self._clip(set_id, clip_id, "npy"), resize_frames(frames, model_side()))
            self._clip(set_id, clip_id, "jpg").write_bytes(strip)

    def _clip(self, set_id: str, clip_id: str, ending: str) -> Path:
        return self.folder(set_id) / "clips" / f"{clip_id}.{ending}"

    def _drop_files(self, before: ExampleSet, after: ExampleSet) -> None:
        kept = {clip.id for clip in after.all_clips}
        for gone in {clip.id for clip in before.all_clips} - kept:
            self.drop_clip(before.id, gone)

    def drop_clip(self, set_id: str, clip_id: str) -> None:
        """Delete the files of a clip that no set names."""
        for ending in ("npy", "jpg"):
            self._clip(set_id, clip_id, ending).unlink(missing_ok=True)

    def _write(self, changed: ExampleSet) -> None:
        record = json.dumps(asdict(changed), ensure_ascii=False, indent=1)
        write_atomic(self.folder(changed.id) / _RECORD, record.encode())

    def _read(self, folder: Path) -> ExampleSet | None:
        try:
            return _decoded(json.loads((folder / _RECORD).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@cache
def model_side() -> int:
    """Return the short side of the frames that the shipped models take, in pixels."""
    return read_config(resolve_checkpoint(START_FROM[0])).config.image_size


def check_length(title: str, seconds: float) -> None:
    """Raise VideoTooLarge for a clip that is longer than an example may be."""
    if seconds > LONGEST_S:
        raise VideoTooLarge(
            f"'{safe_name(title)}' lasts {seconds:.0f} s. An example lasts {LONGEST_S:g} s at most: cut out "
            "the part that shows its class."
        )


def add_clip(found: ExampleSet, class_id: str, clip: ExampleClip) -> ExampleSet:
    """Return the set with one more clip in a class.

    Raises OptionError for a full class, and for a video that the set has already: in both halves of
    the split, it would be held out and learned.
    """
    one = found.of(class_id)
    if len(one.clips) >= MOST_CLIPS:
        raise OptionError(f"A class has {MOST_CLIPS} clips at most; remove one first.")
    for other in found.classes:
        if any(known.sha256 == clip.sha256 for known in other.clips):
            raise OptionError(f"'{clip.title}' is in the class '{other.name}' already.")
    return found.with_class(replace(one, clips=(*one.clips, clip)))


def try_clip(found: ExampleSet, clip: ExampleClip) -> ExampleSet:
    """Return the set with one more clip that is only tried; the oldest one beyond MOST_TRIED goes."""
    return replace(found, tried=(*found.tried, clip)[-MOST_TRIED:])


def remove_clip(found: ExampleSet, class_id: str, clip_id: str) -> ExampleSet:
    """Return the set without one clip; without effect when it is gone."""
    one = found.of(class_id)
    return found.with_class(
        replace(one, clips=tuple(clip for clip in one.clips if clip.id != clip_id))
    )


def add_class(found: ExampleSet, name: str) -> ExampleSet:
    """Return the set with one more, empty class. Raises OptionError when it has MOST_CLASSES."""
    if len(found.classes) >= MOST_CLASSES:
        raise OptionError(f"There are {MOST_CLASSES} classes at most.")
    return replace(
        found, classes=(*found.classes, ExampleClass(secrets.token_hex(4), clean_name(name)))
    )


def with_classes(found: ExampleSet, names: Sequence[str]) -> ExampleSet:
    """Return the set with new, empty classes of these names in place of its own.

    Raises OptionError where clips would be lost, for instance added in another tab.
    """
    if found.clips:
        raise OptionError("There are clips already; start over to fill the classes with others.")
    classes = tuple(ExampleClass(secrets.token_hex(4), clean_name(name)) for name in names)
    return replace(found, classes=classes)


def remove_class(found: ExampleSet, class_id: str) -> ExampleSet:
    """Return the set without a class; without effect when it is gone."""
    return replace(found, classes=tuple(one for one in found.classes if one.id != class_id))


def rename_class(found: ExampleSet, class_id: str, name: str) -> ExampleSet:
    """Return the set with a class under another name."""
    return found.with_class(replace(found.of(class_id), name=clean_name(name)))


def obstacle(found: ExampleSet) -> tuple[str, dict[str, Any]] | None:
    """Return why training cannot start, as the key of a sentence and its values; None when it can.

    Keys: "few_classes", "no_name", "same_name" (name), "few_clips" (name, count, least).
    """
    if len(found.classes) < LEAST_CLASSES:
        return "few_classes", {}
    names = [one.name for one in found.classes]
    if not all(names):
        return "no_name", {}
    for number, name in enumerate(names):
        if name.casefold() in [other.casefold() for other in names[:number]]:
            return "same_name", {"name": name}
    for one in found.classes:
        if len(one.clips) < LEAST_CLIPS:
            return "few_clips", {"name": one.name, "count": len(one.clips), "least": LEAST_CLIPS}
    return None


def sweep_sets(settings: Settings, now: float | None = None) -> int:
    """Delete sets unused for `settings.run_days`; return how many."""
    now = time.time() if now is None else now
    root = settings.home / "teaching"
    gone = 0
    for folder in list(root.iterdir()) if root.is_dir() else []:
        record = folder / _RECORD
        used = modified(record) if record.is_file() else modified(folder)
        if now - used > settings.run_days * _DAY_S:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _decoded(values: dict[str, Any]) -> ExampleSet:
    classes = tuple(
        ExampleClass(str(one["id"]), str(one["name"]), _clips(one["clips"]))
        for one in values["classes"]
    )
    return ExampleSet(
        str(values["id"]),
        str(values["owner"]),
        float(values["created"]),
        classes,
        _clips(values["tried"]),
        values["job"],
        values["asked"],
    )


def _clips(values: Sequence[dict[str, Any]]) -> tuple[ExampleClip, ...]:
    return tuple(ExampleClip(**clip) for clip in values)
